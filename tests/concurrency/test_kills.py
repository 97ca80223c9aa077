"""Servers killed in mid-storm lose nothing that was acknowledged, and do nothing twice when it is sent again."""

from functools import partial
from pathlib import Path

import pytest

from tradebase.crashes import Crashes, Notes, compare, replays, storm_with_kills, unrecorded
from tradebase.storm import Board, Client, set_up

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


# One of each, taken away behind everybody's back, and what is said of it then.
LAST = "WHERE id = (SELECT max(id) FROM {} WHERE {})"
IN_PLACE = "operation = 'AMEND' AND NOT after ? 'replaced_by'"
EVENT, RECORD = (partial(LAST.format, table) for table in ("events.outbox", "audit.audit_logs"))
OPEN = "SELECT id FROM trading.orders WHERE closed_at < 'infinity' LIMIT 1"
SENT = "SELECT id FROM portfolio.transfers WHERE idempotency_key LIKE 'c%' LIMIT 1"
TAKEN = {
    f"DELETE FROM portfolio.transfers WHERE id = ({SENT})": "lost",
    f"DELETE FROM trading.orders WHERE id = ({OPEN})": "lost",
    "DELETE FROM events.outbox " + EVENT("payload ? 'orders'"): "order",
    "DELETE FROM events.outbox " + EVENT("payload ? 'transfers'"): "transfer",
    "DELETE FROM events.outbox " + EVENT("payload ? 'trades'"): "trade",
    "DELETE FROM events.outbox " + EVENT("payload ? 'fills'"): "fill",
    "DELETE FROM events.outbox " + EVENT("topic LIKE 'engine:%'"): "command",
    "DELETE FROM audit.audit_logs " + RECORD("after ? 'replaced_by'"): "order",
    f"DELETE FROM audit.audit_logs {RECORD(IN_PLACE)}": "amendments",
    "DELETE FROM audit.audit_logs WHERE operation = 'CANCEL'": "cancel",
    "INSERT INTO events.outbox (topic, event, payload) SELECT topic, event, payload FROM events.outbox "
    + EVENT("payload ? 'trades'"): "trade",
    "INSERT INTO audit.audit_logs (database_role, session_role, relation, operation, row_key, after) "
    "SELECT database_role, session_role, relation, operation, row_key, after FROM audit.audit_logs "
    f"{RECORD(IN_PLACE)}": "amendments",
}  # fmt: skip


def test_what_is_missing_is_named(database, tmp_path: Path) -> None:
    """Whatever a crash could take, of the books, the outbox and the audit, is missed; what is there twice is too."""
    with database.connect() as owner:
        set_up(owner)
        client = Client(1, 1, Board(), Notes(tmp_path / "notes"))
        client.run(database.connect, lambda sent: sent < 600)
        noted = [*client.note.read()]
        crashes = Crashes()
        assert unrecorded(owner, noted, compare(owner, crashes, noted)) == []
        assert crashes.lost == []
    with database.connect_as_superuser() as admin:
        for taken, said in TAKEN.items():
            with admin.transaction(force_rollback=True):
                # What refuses to forget, and what belongs to what is gone.
                for table in ("portfolio.transfers", "trading.orders", "events.outbox", "audit.audit_logs"):
                    admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
                assert admin.execute(taken).rowcount > 0, taken
                there = compare(admin, (crashes := Crashes()), noted)
                found = ["lost"] * len(crashes.lost) + unrecorded(admin, noted, there)
                assert [line.split()[0] for line in found if line.startswith(said)], taken
