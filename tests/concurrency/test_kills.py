"""Servers killed in mid-storm lose nothing that was acknowledged, and do nothing twice when it is sent again."""

from pathlib import Path

import pytest

from tradebase.crashes import replays, storm_with_kills
from tradebase.storm import set_up

# One worker: they share a cluster with the replays that are killed.
pytestmark = pytest.mark.xdist_group("durable")


def test_what_was_acknowledged_outlives_kill_9(
    durable_database, seed: int, tmp_path: Path, request: pytest.FixtureRequest, tally
) -> None:
    """F01: what was not answered was done once or not at all; sent again, it has been done once, told and recorded."""
    options = request.config.option
    kills = options.kills or (20 if options.full else 3)
    log = Path(durable_database.server.log)
    before = len(log.read_text())
    with durable_database.connect() as owner:
        set_up(owner)
    crashes = storm_with_kills(durable_database.server, durable_database.name, seed, kills, tmp_path)
    print(f"{crashes.kills}: {crashes.outcomes.total()} commands answered.")
    print(f"{crashes.in_flight} in flight, {crashes.arrived} of them committed.")
    print(sorted(crashes.outcomes.items()))
    assert crashes.lost == []
    assert crashes.doubled == []
    assert crashes.changed == []
    assert crashes.unsent == []
    assert crashes.unexpected == []
    assert crashes.violations == []
    assert crashes.unrecorded == []
    assert crashes.in_flight > 0
    said = log.read_text()[before:]
    assert said.count("automatic recovery in progress") >= kills
    replayed = replays(said)
    assert len(replayed) >= kills
    rate = sum(wal for wal, _ in replayed) / max(sum(seconds for _, seconds in replayed), 0.01)
    print(f"WAL replayed at {rate / 1e6:.1f} MB/s; restarts {sorted(round(s, 2) for s in crashes.restarts)}")
    tally("kills", kills, "survived")
    tally("kills", crashes.outcomes.total(), "commands answered")
    tally("kills", round(1000 * max(crashes.restarts)), "ms to the first session at most")
    tally("kills", round(rate / 1e6), "MB of WAL replayed a second")
