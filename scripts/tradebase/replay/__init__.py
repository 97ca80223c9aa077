"""Recorded order flow through the commands that a service and an engine would send: exactly once, to a known end.

`recording.py` says what a recording is to the rest: a sequence of events, each of which is some commands. A format
makes one of its files (`bitstamp.py`, `binance.py`, both with the lines and numbers of `reading.py`); `run.py` sends
it, a batch a transaction, and knows how far it got; `report.py` counts how it ended. A new format
is a class in FORMATS.

The files are read whole first, into arrays: a dry run finds what every user needs, and where the recording contradicts
itself, before a row is sent.
"""

from tradebase.replay.report import show
from tradebase.replay.run import FORMATS, JOB, replay

__all__ = ["FORMATS", "JOB", "replay", "show"]
