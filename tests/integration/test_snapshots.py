"""portfolio.snapshot_portfolio() of everybody, beside others: nothing twice, nothing lost that is committed late."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest

SNAPSHOT = "SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp())"
CURVE = """
SELECT trim_scale(s.equity), trim_scale(s.net_flow_cum) FROM portfolio.portfolio_snapshots AS s
WHERE s.user_id = %s ORDER BY s.taken_at
"""


@pytest.fixture
def owner(database):
    """Give the owner's connection to a clone in which S1BTC is worth 100 S1USD, and twenty users have both."""
    with database.connect() as owner:
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) "
            "VALUES ('S1USD', 'Dollar', 'fiat', 8, 2), ('S1BTC', 'Coin', 'crypto', 8, 8)"
        )
        owner.execute(
            "INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size) "
            "SELECT 'S1BTC-S1USD', b.id, q.id, 0.01, 0.0001 FROM market.assets AS b, market.assets AS q "
            "WHERE b.code = 'S1BTC' AND q.code = 'S1USD'"
        )
        owner.execute("UPDATE system.system_config SET value = '\"S1USD\"' WHERE key = 'reporting_asset'")
        owner.execute("SELECT market.set_valuation_market('S1BTC', 'S1BTC-S1USD')")
        owner.execute("SELECT market.set_mark_price('S1BTC-S1USD', 100, '2026-01-01')")
        owner.execute("INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, 21)")
        owner.execute(
            "SELECT portfolio.deposit(u.id, a.code, 10, a.code) "
            "FROM (SELECT id FROM identity.users WHERE kind = 'customer' ORDER BY id LIMIT 20) AS u, market.assets AS a"
        )
        yield owner


def somebody(owner: psycopg.Connection) -> str:
    """Return a user with money."""
    return owner.execute("SELECT user_id FROM portfolio.balances ORDER BY user_id LIMIT 1").fetchone()[0]


def deposit(connection: psycopg.Connection, user: str, asset: str, key: str) -> None:
    """Credit five more units."""
    connection.execute("SELECT portfolio.deposit(%s, %s, 5, %s)", [user, asset, key])


def as_worker(connection: psycopg.Connection) -> int:
    """Take everybody's snapshot as the worker does; return how many there are."""
    connection.execute("SET ROLE tradebase_worker")
    (written,) = connection.execute(SNAPSHOT).fetchone()
    connection.execute("RESET ROLE")
    return written


def test_everybody_has_one(owner) -> None:
    """Who has a balance has a snapshot, who never had one has none."""
    assert as_worker(owner) == 20
    assert owner.execute("SELECT count(*), sum(equity) FROM portfolio.portfolio_snapshots").fetchone() == (20, 20200)
    assert owner.execute("SELECT * FROM ops.verify_integrity() WHERE bad_count > 0").fetchall() == []


def test_one_that_has_no_price_refuses_everybody(owner) -> None:
    """Nothing is written, and the error says what, not whose and not how much."""
    (asset,) = owner.execute(
        "INSERT INTO market.assets (code, name, kind, scale, display_scale) "
        "VALUES ('S1ODD', 'Odd', 'crypto', 8, 8) RETURNING id"
    ).fetchone()
    user = somebody(owner)
    owner.execute("SELECT portfolio.deposit(%s, 'S1ODD', 77.77, 'odd')", [user])
    with pytest.raises(psycopg.Error) as refused:
        as_worker(owner)
    owner.execute("RESET ROLE")
    diag = refused.value.diag
    assert (diag.sqlstate, json.loads(diag.message_detail)) == ("TR007", {"asset": "S1ODD", "market": None})
    said = f"{diag.message_primary} {diag.message_detail} {diag.message_hint} {diag.context}"
    assert "77.77" not in said
    assert str(user) not in said
    assert owner.execute("SELECT count(*) FROM portfolio.portfolio_snapshots").fetchone() == (0,)
    # The others can be taken without the one.
    others = owner.execute(
        "SELECT array_agg(DISTINCT user_id) FROM portfolio.balances WHERE user_id NOT IN "
        "(SELECT user_id FROM portfolio.balances WHERE asset_id = %s)",
        [asset],
    ).fetchone()
    taken = owner.execute("SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp(), %s)", others).fetchone()
    assert taken == (19,)


def test_two_workers_at_once_write_once(owner, database) -> None:
    """Of one moment there is one row each, however many ask for it at the same time."""
    at = owner.execute("SELECT clock_timestamp()").fetchone()

    def take(_: int) -> int:
        with database.connect() as worker:
            return worker.execute("SELECT portfolio.snapshot_portfolio('intraday', %s)", at).fetchone()[0]

    with ThreadPoolExecutor(4) as pool:
        written = list(pool.map(take, range(4)))
    assert sum(written) == 20
    assert owner.execute("SELECT count(*) FROM portfolio.portfolio_snapshots").fetchone() == (20,)


def test_what_is_committed_late_is_in_the_next_one(owner, database) -> None:
    """Entries of before a snapshot that it could not see come into the next one, as money that came in, once."""
    user = somebody(owner)
    assert as_worker(owner) == 20
    with database.connect() as late:
        with late.transaction():
            deposit(late, user, "S1BTC", "late")
            # It waits for nobody, and nobody for it.
            assert as_worker(owner) == 20
            deposit(owner, user, "S1USD", "meanwhile")
        assert as_worker(owner) == 20
        assert as_worker(owner) == 20
    assert owner.execute(CURVE, [user]).fetchall() == [
        (Decimal(1010), Decimal(0)),
        (Decimal(1010), Decimal(0)),
        (Decimal(1515), Decimal(505)),
        (Decimal(1515), Decimal(505)),
    ]
    assert owner.execute("SELECT * FROM ops.verify_integrity() WHERE bad_count > 0").fetchall() == []


def test_entries_of_another_month_are_not_looked_at(owner) -> None:
    """What moved since is found by the ledger's own order from the last snapshot on, not by reading old leaves."""
    user = somebody(owner)
    owner.execute("SELECT ops.ensure_partitions('portfolio.ledger_entries', '2019-01-01', '2019-12-31')")
    as_worker(owner)
    deposit(owner, user, "S1USD", "more")
    owner.execute("SELECT pg_stat_force_next_flush()")
    read = "SELECT sum(idx_scan) FROM pg_stat_user_tables WHERE relname LIKE 'ledger_entries_2019%%'"
    before = owner.execute(read).fetchone()
    assert as_worker(owner) == 20
    owner.execute("SELECT pg_stat_force_next_flush()")
    owner.execute("SELECT pg_stat_clear_snapshot()")
    assert owner.execute(read).fetchone() == before
    assert owner.execute(CURVE, [user]).fetchall()[-1] == (Decimal(1015), Decimal(5))
