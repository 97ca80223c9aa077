"""Sixteen clients on eight markets and six users: nothing deadlocks, and the same storm with unsorted locks does."""

import time

import pytest
from exchange import ALICE, BOB, Exchange

from tradebase.commands import of_user, send
from tradebase.storm import CLIENTS, REFUSALS, Board, Client, conserved, rage, set_up, violations

SORTED = "ORDER BY b.user_id, b.asset_id\n        FOR NO KEY UPDATE OF b"


def begun(database, seed: int) -> list[Client]:
    """Make the exchange of a storm, and its clients."""
    with database.connect() as owner:
        set_up(owner)
    board = Board()
    return [Client(number, seed, board) for number in range(1, CLIENTS + 1)]


def deadlocks(database) -> int:
    """Return how many deadlocks the server counted, when every session has said so: it does when it ends."""
    with database.connect() as owner:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while owner.execute(others).fetchone() != (0,):
            time.sleep(0.01)
        return owner.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()[0]


def test_a_storm_deadlocks_nothing_and_breaks_nothing(database, seed: int, request: pytest.FixtureRequest) -> None:
    """Each command does what it says, or is refused as it says, whatever fifteen others do meanwhile."""
    clients = begun(database, seed)
    end = time.monotonic() + 60
    full = request.config.option.full
    storm = rage(database.connect, clients, lambda sent: time.monotonic() < end if full else sent < 300)
    print(f"{sum(storm.outcomes.values())} commands: {sorted(storm.outcomes.items())}")
    print(f"Sessions seen waiting: {storm.waits}. Checked {storm.checks} times.")
    assert storm.unexpected == []
    assert deadlocks(database) == 0
    assert storm.violations == []
    with database.connect() as owner:
        assert violations(owner) == []
        assert conserved(owner, storm) == []

    # It was a storm: everything was done, much was too late, and sessions queued for markets and for balances.
    assert {kind for kind in REFUSALS if storm.outcomes[kind, "done"] < 5} == set()
    refused = {code for _, code in storm.outcomes}
    assert refused >= {"TR101", "TR202", "TR204", "TR301", "TR302", "TR303", "TR305", "TR401", "TR402"}
    assert storm.checks > 0
    assert storm.waits["advisory"] > 0
    assert storm.waits["transactionid"] > 0


# The negative control: what the storm would find.


def unsort(database, order_by: str) -> None:
    """Let a journal of this database lock its balances in another order, and have deadlocks noticed soon."""
    with database.connect() as owner:
        (definition,) = owner.execute(
            "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE oid::regproc::text = 'portfolio.post_journal'"
        ).fetchone()
        assert definition.count(SORTED) == 1
        owner.execute(definition.replace(SORTED, f"ORDER BY {order_by} FOR NO KEY UPDATE OF b"))
    with database.connect_as_superuser() as admin:
        admin.execute(f"ALTER DATABASE {database.name} SET deadlock_timeout = '10ms'")


def test_the_same_storm_with_unsorted_locks_deadlocks(database, seed: int) -> None:
    """Or the storm would prove nothing; the victims leave nothing behind."""
    clients = begun(database, seed)
    unsort(database, "md5(b.user_id::text || b.asset_id || pg_backend_pid())")

    def deadlocked() -> bool:
        return any(code == "40P01" for client in clients for _, code in list(client.outcomes))

    storm = rage(database.connect, clients, lambda sent: sent < 1500 and not deadlocked())
    print(f"{sum(storm.outcomes.values())} commands until {storm.unexpected[:1]}")
    assert deadlocked()
    assert deadlocks(database) > 0
    assert storm.violations == []


@pytest.mark.parametrize("backwards", [False, True])
def test_two_transfers_crosswise_deadlock_when_one_locks_backwards(exchange: Exchange, backwards: bool) -> None:
    """Each holds what the other wants, and exactly one is the victim; in one order they queue."""
    unsort(
        exchange.database,
        f"""
        (b.user_id = '{BOB}')::integer
        * CASE current_setting('application_name') WHEN 'backwards' THEN -1 ELSE 1 END
        """,
    )
    with_alice, with_bob, first, second = (exchange.session() for _ in range(4))
    if backwards:
        second.execute("SET application_name = 'backwards'")
        second.commit()
    for holder, user in ((with_alice, ALICE), (with_bob, BOB)):
        holder.execute("SELECT FROM portfolio.balances WHERE user_id = %s FOR NO KEY UPDATE", [user])
    one, other = (
        of_user(str(user), "transfer", False, to_user_id=str(to), asset="R1USD", amount="1", idempotency_key="cross")
        for user, to in ((ALICE, BOB), (BOB, ALICE))
    )
    answers = [exchange.later(lambda: send(first, one))]
    exchange.wait_for(first, with_alice)
    answers.append(exchange.later(lambda: send(second, other)))
    exchange.wait_for(second, with_bob if backwards else first)
    with_alice.commit()
    exchange.wait_for(first, second if backwards else with_bob)
    with_bob.commit()
    assert [answer.answer() for answer in answers].count("40P01") == backwards
    assert exchange.violations() == []
