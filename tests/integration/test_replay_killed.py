"""A replay ends the same when it, or the server under it, is killed on its way: no event lost, none sent twice."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from recorded import (
    BINANCE,
    BITSTAMP,
    binance_books,
    binance_end,
    bitstamp_end,
    content,
    database_books,
    needs_binance,
    needs_bitstamp,
    take_binance,
    take_bitstamp,
)

from tradebase import replay as replays
from tradebase import server as servers

# One worker: they share a cluster, and one of them kills it.
pytestmark = pytest.mark.xdist_group("durable")

PROGRAM = """
import sys, psycopg
from pathlib import Path
from tradebase import replay
host, port, name, file, form, batch = sys.argv[1:]
with psycopg.connect(host=host, port=port, user="tradebase", dbname=name, autocommit=True) as owner:
    replay.replay(owner, Path(file), form, batch=int(batch))
"""


def begun(database, file: Path, form: str, batch: int) -> subprocess.Popen[str]:
    """Start a replay in a process of its own."""
    server = database.server
    arguments = [server.socket, str(server.port), database.name, str(file), form, str(batch)]
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stderr=subprocess.PIPE, text=True)


def wait_for(database, replaying: subprocess.Popen[str], events: int) -> int:
    """Wait until so many events are done; return how many are."""
    done, deadline = 0, time.monotonic() + 600
    with database.connect() as owner:
        while done < events and time.monotonic() < deadline and replaying.poll() is None:
            time.sleep(0.02)
            row = owner.execute("SELECT (detail->>'events')::int FROM ops.job_runs WHERE job = 'tradebase.replay'")
            done = (row.fetchone() or (0,))[0]
    assert done >= events, replaying.poll()
    return done


def kill_replay(database, replaying: subprocess.Popen[str]) -> None:
    """Kill the replay; the server lives."""
    replaying.kill()
    replaying.communicate(timeout=10)
    assert replaying.returncode == -signal.SIGKILL
    with database.connect() as owner:
        owner.execute("SELECT 1")


def kill_server(database, replaying: subprocess.Popen[str]) -> None:
    """Kill the server, wait for the replay to fail, and start it again."""
    server = database.server
    servers.kill(server)
    _, said = replaying.communicate(timeout=30)
    assert replaying.returncode == 1
    assert "psycopg.OperationalError" in said or "psycopg.errors" in said
    with pytest.raises(psycopg.OperationalError):
        database.connect()
    servers.start(server)
    assert "automatic recovery in progress" in Path(server.log).read_text()


def killed_and_resumed(
    database,
    file: Path,
    form: str,
    expectation: dict[str, object],
    kills: list[Callable[..., None]],
    batch: int,
) -> dict[str, object]:
    """Replay with a kill after each part, then to the end; return the report of that part.

    Assert the end, and that one more replay changes nothing.
    """
    total, done = expectation["events"], 0
    for part, kill in enumerate(kills, 1):
        replaying = begun(database, file, form, batch)
        done = wait_for(database, replaying, done + (total - done) * part // (len(kills) + 1))
        assert done < total
        kill(database, replaying)
    with database.connect() as owner:
        report = replays.replay(owner, file, form)
    assert 0 < report["events_now"] <= total - done
    assert {name: report[name] for name in expectation} == expectation
    before = content(database)
    with database.connect() as owner:
        assert replays.replay(owner, file, form)["events_now"] == 0
    assert content(database) == before
    return report


KILLS = {"replay": [kill_replay], "server": [kill_server]}


@needs_bitstamp
@pytest.mark.parametrize("victim", KILLS)
def test_a_slice_of_bitstamp_killed_ends_the_same(durable_database, tmp_path: Path, victim: str) -> None:
    """All the trades of the file with their orders, and some others."""
    file = take_bitstamp(tmp_path)
    expectation = bitstamp_end(file)
    assert expectation["trades"] == 284
    killed_and_resumed(durable_database, file, "bitstamp-l3", expectation, KILLS[victim], batch=50)


@needs_binance
@pytest.mark.parametrize("victim", KILLS)
def test_a_slice_of_binance_killed_ends_the_same(durable_database, tmp_path: Path, victim: str) -> None:
    """One in a hundred of the file's trades."""
    file = take_binance(tmp_path)
    killed_and_resumed(durable_database, file, "binance-trades", binance_end(file), KILLS[victim], batch=25)
    books = binance_books(file)
    assert database_books(durable_database) == {name: books[name] for name in ("positions", "money")}


@needs_bitstamp
@pytest.mark.full
def test_all_of_bitstamp_killed_twice_ends_as_known(durable_database) -> None:
    """The whole file, the end that shared/data/README.md states."""
    states = {
        "open": 6_517,
        "partially_filled": 1,
        "filled": 303,
        "canceled": 149_976,
        "part filled, canceled": 92,
    }
    known = {
        "events": 314_057 + 284,
        "of": 314_057 + 284,
        "orders": 156_889,
        "trades": 284,
        "fills": 568,
        "unknown_deletes": 13,
        "states": states,
        "violated": {},
    }
    report = killed_and_resumed(durable_database, BITSTAMP, "bitstamp-l3", known, [kill_replay, kill_server], batch=200)
    # In steady state. A slice is too short to say: one ANALYZE that looks on keeps dead versions in their pages.
    for table, hot in report["hot_updates"].items():
        assert hot["updates"] > 0, table
        assert hot["share"] >= 99.5, table


@needs_binance
@pytest.mark.full
def test_all_of_binance_killed_twice_ends_as_known(durable_database) -> None:
    """The whole file, and every position, fee and balance of the independent computation."""
    expectation = binance_end(BINANCE)
    assert expectation["trades"] == 119_073
    assert expectation["states"]["filled"] == expectation["fills"] == 238_146
    killed_and_resumed(durable_database, BINANCE, "binance-trades", expectation, [kill_replay, kill_server], batch=25)
    books = binance_books(BINANCE)
    assert database_books(durable_database) == {name: books[name] for name in ("positions", "money")}
