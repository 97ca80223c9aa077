"""The primary dies, hangs, is left behind or is doubled: what was acknowledged is there, or what is lost is said."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from standby import DATABASE, Pair, wait_until

from tradebase import Problem
from tradebase import server as servers
from tradebase.crashes import storm_with_kills
from tradebase.server import Server
from tradebase.stack import replica
from tradebase.stack.replica import Node
from tradebase.storm import set_up

pytestmark = pytest.mark.xdist_group("replica")
FIRST_WRITE = 3  # seconds from the fault to the first write: G04 of our figures


@pytest.fixture(scope="module", autouse=True)
def ledger(pair: Pair) -> None:
    """Make a table for what was acknowledged."""
    with pair.owner() as owner:
        owner.execute("CREATE SCHEMA f; CREATE TABLE f.acknowledged (n bigint GENERATED ALWAYS AS IDENTITY, why text)")


def write(pair: Pair, why: str, node: Node | None = None) -> str:
    """Commit a row and return the token of that."""
    with pair.owner(node) as owner, owner.transaction():
        owner.execute("INSERT INTO f.acknowledged (why) VALUES (%s)", [why])
        return owner.execute("SELECT core.write_token()").fetchone()[0]


def first_write(pair: Pair, node: Node) -> float:
    """Write to a node as soon as it takes writes, and return how many seconds that took."""
    begun = time.monotonic()
    while True:
        with suppress(psycopg.errors.ReadOnlySqlTransaction, psycopg.OperationalError):
            write(pair, "after a failover", node)
            return time.monotonic() - begun
        time.sleep(0.01)


def count(pair: Pair, why: str, node: Node | None = None) -> int:
    """Return how many of these rows are there."""
    with pair.owner(node) as owner:
        return owner.execute("SELECT count(*) FROM f.acknowledged WHERE why = %s", [why]).fetchone()[0]


def refusal(session: psycopg.Connection, token: str) -> str | None:
    """Return the SQLSTATE that a wait for a token is refused with, None when it is not."""
    try:
        session.execute("SELECT core.wait_for_token(%s, '0')", [token])
    except psycopg.Error as error:
        return error.sqlstate
    return None


def take_back(pair: Pair) -> replica.Loss:
    """Take the other one back as a standby, and wait until it streams."""
    lost = replica.rejoin(pair.standby, pair.primary)
    pair.settle()
    return lost


@pytest.fixture
def synchronous(pair: Pair) -> Iterator[None]:
    """Have commits wait for the standby while a test runs, and for nobody behind it, however it ends."""
    replica.synchronize(pair.primary, pair.standby)
    pair.settle()
    yield
    replica.synchronize(pair.primary, None)


@pytest.mark.usefixtures("synchronous")
def test_a_synchronous_standby_takes_over(
    pair: Pair, seed: int, tmp_path: Path, tally: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    """F12: killed in mid-storm, what the primary has acknowledged its standby has, and once."""
    options = request.config.option
    kills = options.kills or (20 if options.full else 2)
    with pair.owner() as owner:
        set_up(owner)
    seconds, lost = [], []

    def take_over(server: Server) -> Server:
        assert server == pair.primary.server
        with ThreadPoolExecutor(1) as threads:
            waits = threads.submit(first_write, pair, pair.standby)
            replica.promote(pair.standby, pair.primary)
            seconds.append(waits.result(timeout=60))
        pair.exchange()
        lost.append(take_back(pair))
        replica.synchronize(pair.primary, pair.standby)
        pair.settle()
        return pair.primary.server

    crashes = storm_with_kills(pair.primary.server, DATABASE, seed, kills, tmp_path, take_over)
    print(f"{crashes.outcomes.total()} commands answered, {crashes.in_flight} in flight, {crashes.arrived} arrived.")
    print(f"Seconds until the first write: {seconds}; only on the old primary: {[str(one) for one in lost]}.")
    assert crashes.lost == []
    assert crashes.doubled == []
    assert crashes.changed == []
    assert crashes.unsent == []
    assert crashes.unexpected == []
    assert crashes.violations == []
    assert crashes.in_flight > 0
    assert crashes.kills["server"] == len(seconds) == kills
    assert max(seconds) <= FIRST_WRITE
    assert count(pair, "after a failover") == kills
    tally("failovers", kills, "without a loss")


def test_an_asynchronous_standby_loses_what_it_had_not_got(pair: Pair) -> None:
    """F13: that much and no more, counted when the old primary is taken back; tokens of before are refused."""
    kept = write(pair, "kept")
    pair.catch_up()
    with pair.standby.connect() as admin, pair.primary.connect() as other:
        admin.execute("ALTER SYSTEM SET primary_conninfo = ''")
        admin.execute("SELECT pg_reload_conf()")
        wait_until(lambda: not other.execute("SELECT FROM pg_stat_replication").rowcount)
    for _ in range(25):
        gone = write(pair, "gone")
    servers.kill(pair.primary.server)
    replica.promote(pair.standby, pair.primary)
    pair.exchange()
    with pair.primary.connect() as admin:
        admin.execute("ALTER SYSTEM RESET primary_conninfo")
    assert (count(pair, "kept"), count(pair, "gone")) == (1, 0)
    lost = take_back(pair)
    print(f"Lost: {lost}.")
    assert lost.commits == 25
    assert 0 < lost.size < 1 << 20
    # Numbers that the lost ones had are given again: only the timeline tells.
    for _ in range(50):
        write(pair, "later")
    pair.catch_up()
    with pair.owner() as here, pair.owner(pair.standby) as there:
        assert [refusal(session, token) for session in (here, there) for token in (kept, gone)] == ["TR603"] * 4
        assert refusal(there, write(pair, "later")) in (None, "TR601")
    assert count(pair, "gone", pair.standby) == 0


def test_a_planned_promotion_loses_nothing(pair: Pair) -> None:
    """The old primary hands on what the standby has not had before it stops; then there is nothing to rewind."""
    for _ in range(100):
        token = write(pair, "planned")
    repointed = []
    replica.promote(pair.standby, pair.primary, lambda: repointed.append(servers.is_running(pair.primary.server)))
    pair.exchange()
    # Clients are sent elsewhere when nobody takes writes.
    assert repointed == [False]
    assert count(pair, "planned") == 100
    # However somebody starts the old one: it is a standby.
    servers.start(pair.standby.server)
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        write(pair, "nowhere", pair.standby)
    assert take_back(pair) == replica.Loss(0, 0)
    # A standby that was not rewound knows by its next restartpoint that it has followed.
    with pair.standby.connect() as admin, pair.owner(pair.standby) as there:
        admin.execute("CHECKPOINT")
        assert refusal(there, token) == "TR603"


def test_a_primary_that_hangs_is_fenced(pair: Pair) -> None:
    """It does not answer, and does not stop: it is killed before the other one takes writes."""
    process = postmaster(pair.primary)
    os.kill(process, signal.SIGSTOP)
    replica.promote(pair.standby, pair.primary, patience=1)
    pair.exchange()
    assert not Path(f"/proc/{process}").exists()
    write(pair, "after a hang")
    take_back(pair)


def postmaster(node: Node) -> int:
    """Return a node's first process."""
    return int((node.data / "postmaster.pid").read_text().split()[0])


def test_promoted_by_hand_there_are_two(pair: Pair) -> None:
    """F14: it is said, nothing else is done on top of it, and the one left behind starts only as a standby."""
    with pair.standby.connect() as admin:
        admin.execute("SELECT pg_promote()")
    write(pair, "of the old")
    write(pair, "of the new", pair.standby)
    with pytest.raises(Problem, match=f"Two servers take writes.*{pair.standby.name} was promoted by hand"):
        replica.primary_of(pair.nodes)
    with pytest.raises(Problem, match="is no standby: somebody has promoted it"):
        replica.promote(pair.standby, pair.primary)
    assert servers.is_running(pair.primary.server)
    servers.kill(pair.primary.server)
    with pytest.raises(Problem, match=f"{pair.standby.name} is the primary.*would be a second"):
        replica.start(pair.primary, [pair.standby])
    servers.stop(pair.standby.server)
    with pytest.raises(Problem, match=f"{pair.standby.name} was a primary too"):
        replica.start(pair.primary, [pair.standby])
    assert not servers.is_running(pair.primary.server)
    with pytest.raises(Problem, match="No server takes writes"):
        replica.primary_of(pair.nodes)
    with pytest.raises(Problem, match="does not run"):
        replica.promote(pair.standby, pair.primary)
    replica.start(pair.standby, [pair.primary])
    pair.exchange()
    lost = take_back(pair)
    assert lost.commits == 1
    assert replica.primary_of(pair.nodes) == pair.primary
    assert (count(pair, "of the old", pair.standby), count(pair, "of the new")) == (0, 1)


@contextmanager
def stalled(pair: Pair) -> Iterator[None]:
    """Have the standby receive nothing for a while, without anybody being told."""
    with pair.standby.connect() as admin:
        (receiver,) = admin.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walreceiver'").fetchone()
    os.kill(receiver, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(receiver, signal.SIGCONT)


@pytest.mark.usefixtures("synchronous")
def test_a_synchronous_standby_that_stalls(pair: Pair) -> None:
    """F15: commits wait, whatever the timeout; a cancelled wait is said; letting go of the standby ends it."""
    said = []
    with (
        stalled(pair), pair.primary.connect() as admin, pair.owner() as waiting, ThreadPoolExecutor(1) as threads,
    ):  # fmt: skip
        waiting.add_notice_handler(lambda notice: said.append((notice.sqlstate, notice.message_primary)))
        waiting.execute("SET statement_timeout = '100ms'")

        def commits() -> bool:
            return bool(admin.execute(
                "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event = 'SyncRep'", [waiting.info.backend_pid]
            ).rowcount)  # fmt: skip

        for ends, why in (
            (lambda: admin.execute("SELECT pg_cancel_backend(%s)", [waiting.info.backend_pid]), "cancelled"),
            (lambda: replica.synchronize(pair.primary, None), "let go"),
        ):
            sent = threads.submit(waiting.execute, "INSERT INTO f.acknowledged (why) VALUES (%s)", [why])
            wait_until(commits)
            time.sleep(0.3)
            assert commits()
            assert count(pair, why) == 0
            ends()
            sent.result(timeout=10)
            assert count(pair, why) == 1
    assert said == [("01000", "canceling wait for synchronous replication due to user request")]
    pair.settle()
    pair.catch_up()
    assert (count(pair, "cancelled", pair.standby), count(pair, "let go", pair.standby)) == (1, 1)
