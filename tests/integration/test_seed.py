"""`tradebase seed`: books that add up, made again from the same number, all of them or none."""

import json
import uuid
from datetime import UTC, datetime

import psycopg
import pytest
from rich.progress import Progress

from tradebase import Problem, seed
from tradebase import database as databases

UNTIL = datetime(2026, 3, 10, 12, tzinfo=UTC)
HISTORY = seed.History(orders=2000, users=100, days=45, open_orders=160, until=UNTIL)
TABLES = (
    *("identity.users", "market.market_state", "portfolio.balances", "portfolio.ledger_entries", "portfolio.transfers"),
    *("trading.client_orders", "trading.engine_commands", "trading.fills", "trading.orders", "trading.positions"),
    "trading.trades",
)
RUNWAY = "SELECT ops.ensure_partitions(parent, '2026-01-01', '2026-03-31') FROM ops.partition_policies"
OURS = "('trading', 'portfolio', 'market', 'identity', 'partitions')"
# All that a seed could leave otherwise than it was; indexes and constraints come back under other oids.
CATALOG = f"""
SELECT 'relation', c.oid::regclass::text, c.relkind::text, concat_ws(
    ' ', c.relowner::regrole, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,
    c.relpersistence, c.relispartition, pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid)
)
FROM pg_class AS c WHERE c.relnamespace::regnamespace::text IN {OURS}
UNION ALL
SELECT 'column', a.attrelid::regclass::text, a.attname, concat_ws(
    ' ', a.atttypid::regtype, a.attnotnull, a.attidentity, a.attacl, pg_get_expr(d.adbin, d.adrelid)
)
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND c.relnamespace::regnamespace::text IN {OURS}
UNION ALL
SELECT 'index', i.indexrelid::regclass::text, coalesce(h.inhparent::regclass::text, ''), concat_ws(
    ' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready, i.indisreplident, i.indisclustered
)
FROM pg_index AS i LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
UNION ALL
SELECT 'constraint', c.conrelid::regclass::text, c.conname, concat_ws(
    ' ', pg_get_constraintdef(c.oid), c.convalidated, c.conislocal, c.coninhcount, c.connoinherit
)
FROM pg_constraint AS c WHERE c.conrelid <> 0
UNION ALL
SELECT 'trigger', t.tgrelid::regclass::text, t.tgname, concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
FROM pg_trigger AS t WHERE NOT t.tgisinternal
UNION ALL
SELECT 'policy', p.polrelid::regclass::text, p.polname, concat_ws(' ', p.polcmd, p.polroles, p.polpermissive)
FROM pg_policy AS p
UNION ALL
SELECT 'function', p.oid::regprocedure::text, '', concat_ws(' ', p.proowner::regrole, p.proacl, md5(p.prosrc))
FROM pg_proc AS p
ORDER BY 1, 2, 3, 4
"""


def digests(connection: psycopg.Connection) -> dict[str, str]:
    """Return a digest of the rows of each table, but for when its users signed up."""
    return {
        table: connection.execute(
            f"SELECT md5(string_agg((to_jsonb(t) - 'updated_at')::text, ',' ORDER BY t.id)) FROM {table} AS t"
            if table == "identity.users"
            else f"SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {table} AS t"
        ).fetchone()[0]
        for table in TABLES
    }


def violations(connection: psycopg.Connection) -> list[tuple]:
    """Return the checks that count something."""
    return connection.execute(
        "SELECT check_name, bad_count, sample FROM ops.verify_integrity() WHERE bad_count > 0"
    ).fetchall()


def value(connection: psycopg.Connection, query: str, *values: object) -> object:
    """Return the one value of a query."""
    return connection.execute(query, values).fetchone()[0]


def test_the_books_add_up_and_the_catalog_is_as_before(database) -> None:
    """Two thousand orders of every kind violate nothing, and no index, constraint or trigger is another."""
    with database.connect() as owner:
        owner.execute(RUNWAY)
        before = owner.execute(CATALOG).fetchall()
        assert seed.seed(owner, HISTORY)["orders"] == 2000
        assert violations(owner) == []
        assert owner.execute(CATALOG).fetchall() == before
        assert (
            owner.execute(
                "SELECT o.id FROM pg_inherits AS o (id) WHERE FALSE UNION ALL "
                "SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid AND c.relkind = 'r' "
                "WHERE ops.leaf_problems(i.inhrelid) <> '{}'"
            ).fetchall()
            == []
        )
        assert value(owner, "SELECT count(*) FROM trading.orders") == 2000
        assert value(owner, "SELECT count(*) FROM partitions.orders_open") == 160
        kinds = owner.execute("SELECT status, time_in_force FROM trading.orders GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
        assert kinds == [
            ("canceled", "gtc"),
            ("expired", "ioc"),
            ("filled", "gtc"),
            ("filled", "ioc"),
            ("open", "gtc"),
            ("partially_filled", "gtc"),
        ]
        crossed = """
            SELECT count(*) FROM market.markets AS m
            WHERE (SELECT max(price) FROM partitions.orders_open AS b WHERE b.market_id = m.id AND b.side = 'buy')
                >= (SELECT min(price) FROM partitions.orders_open AS a WHERE a.market_id = m.id AND a.side = 'sell')
        """
        assert value(owner, crossed) == 0
        assert value(owner, "SELECT count(*) FROM portfolio.ledger_entries WHERE available_after < 0") == 0
        assert value(owner, "SELECT max(updated_at) <= %s FROM trading.orders", UNTIL)
        assert value(owner, "SELECT min(created_at) >= %s - INTERVAL '45 days' FROM trading.orders", UNTIL)
        # No check of the books asks for the fee's rate and rounding: those of the order, truncated as settlement does.
        wrong_fees = """
            SELECT count(*) FROM trading.fills AS f
            JOIN trading.orders AS o ON o.id = f.order_id
            JOIN market.assets AS a ON a.id = f.fee_asset_id
            WHERE f.fee_rate <> CASE f.liquidity WHEN 'maker' THEN o.maker_fee_rate ELSE o.taker_fee_rate END
                OR f.fee <> trunc(f.quote_quantity * f.fee_rate, a.scale::integer)
        """
        assert value(owner, wrong_fees) == 0
        assert value(owner, "SELECT count(DISTINCT (liquidity, fee_rate)) FROM trading.fills") == 4  # of two tiers
        # The engine has counted trades and closes in one sequence, up to the watermark.
        gaps = """
            SELECT count(*) FROM market.market_state AS s
            JOIN (
                SELECT e.market_id, count(DISTINCT e.seq) AS seqs, max(e.seq) AS last_seq, count(*) AS events
                FROM (
                    SELECT market_id, engine_seq AS seq FROM trading.trades
                    UNION ALL
                    SELECT market_id, close_seq FROM trading.orders WHERE close_seq IS NOT NULL
                ) AS e
                GROUP BY e.market_id
            ) AS e ON e.market_id = s.market_id
            WHERE (e.seqs, e.events, e.last_seq) <> (s.last_engine_seq, s.last_engine_seq, s.last_engine_seq)
        """
        assert value(owner, gaps) == 0
        # Journals, fills and prices are in the order in which they happened.
        assert (
            value(
                owner,
                "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY id) AS back "
                "FROM portfolio.ledger_entries) AS l WHERE l.back",
            )
            == 0
        )
        assert (
            value(
                owner,
                "SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY seq) AS back "
                "FROM trading.orders) AS o WHERE o.back",
            )
            == 0
        )


def test_the_same_number_makes_the_same_history(database) -> None:
    """Every row is the same from the same number, and another one makes another history."""
    with database.connect() as owner:
        seed.seed(owner, HISTORY)
        first = digests(owner)
    template = database.name.rsplit("_", 1)[0]
    for number, is_same in ((HISTORY.number, True), (HISTORY.number + 1, False)):
        with (
            databases.temporary_clone(database.server, "tradebase_template", f"{template}_again") as again,
            databases.connect(database.server, again, databases.OWNER) as owner,
        ):
            options = {name: getattr(HISTORY, name) for name in ("orders", "users", "days", "open_orders", "until")}
            seed.seed(owner, seed.History(number=number, **options))
            assert (digests(owner) == first) is is_same, f"seed {number}, {options}"


def test_a_used_database_is_refused(database) -> None:
    """What holds an order, or a customer's money alone, is not seeded, and stays as it is."""
    with database.connect() as owner:
        user = uuid.UUID(int=0xA11CE)
        owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('EUR', 'Euro', 'fiat', 10, 2)"
        )
        owner.execute("SELECT portfolio.deposit(%s, 'EUR', 5, 'mine')", [user])
        before = digests(owner)
        with pytest.raises(Problem, match="holds orders or customers' money"):
            seed.seed(owner, HISTORY)
        assert digests(owner) == before


def test_more_open_orders_than_orders_are_refused() -> None:
    """Numbers that do not fit together are refused before a database is touched."""
    with pytest.raises(Problem, match="10 open orders do not fit into 10"):
        seed.History(orders=10, open_orders=10)


class Killer(Progress):
    """A progress bar that ends the session that works when a step begins."""

    def __init__(self, step: str, admin: psycopg.Connection, victim: psycopg.Connection) -> None:
        """Keep what is to be killed, and when."""
        super().__init__(disable=True)
        self.step, self.admin, self.victim = step, admin, victim.info.backend_pid

    def update(self, *arguments: object, note: str = "", **others: object) -> None:
        """End the session at the step."""
        super().update(*arguments, note=note, **others)
        if note == self.step:
            assert value(self.admin, "SELECT pg_terminate_backend(%s, 10000)", self.victim)


@pytest.mark.parametrize("step", ["Ledger", "Indexes"])
def test_a_seed_that_is_killed_leaves_nothing(database, step: str) -> None:
    """A session that ends in the middle leaves no row, no leaf, and every index; and it can begin again."""
    with database.connect() as owner, database.connect_as_superuser() as admin:
        before = owner.execute(CATALOG).fetchall(), digests(owner)
        with database.connect() as victim, pytest.raises(psycopg.OperationalError):
            seed.seed(victim, HISTORY, Killer(step, admin, victim))
        assert (owner.execute(CATALOG).fetchall(), digests(owner)) == before
        seed.seed(owner, HISTORY)
        assert violations(owner) == []


def test_trading_goes_on_after_it(database) -> None:
    """A request of history is known again; orders are placed, cancelled and settled behind it."""
    with database.connect() as owner:
        seed.seed(owner, HISTORY)
        last = value(owner, "SELECT max(seq) FROM trading.orders")
        known = owner.execute(
            """
            SELECT o.user_id, m.symbol, o.side, o.quantity, o.price, o.time_in_force, o.client_order_id, o.id
            FROM trading.orders AS o JOIN market.markets AS m ON m.id = o.market_id
            WHERE o.client_order_id IS NOT NULL AND o.closed_at < 'infinity' ORDER BY o.seq LIMIT 1
            """
        ).fetchone()
        symbol, engine_seq, maker, maker_user, price, left, taker_side = owner.execute(
            """
            SELECT m.symbol, s.last_engine_seq, o.id, o.user_id, o.price::numeric, o.quantity - o.filled_quantity,
                CASE o.side WHEN 'buy' THEN 'sell' ELSE 'buy' END
            FROM partitions.orders_open AS o
            JOIN market.markets AS m ON m.id = o.market_id
            JOIN market.market_state AS s ON s.market_id = m.id
            WHERE o.status = 'partially_filled' ORDER BY o.seq LIMIT 1
            """
        ).fetchone()
        taker_user = value(
            owner, "SELECT id FROM identity.users WHERE kind = 'customer' AND id <> %s LIMIT 1", maker_user
        )
        canceled, canceled_by = owner.execute(
            "SELECT id, user_id FROM partitions.orders_open WHERE id <> %s ORDER BY seq LIMIT 1", [maker]
        ).fetchone()
        base = symbol.split("-")[0]
        owner.execute("SET ROLE service_role")
        for asset in (base, "USD"):
            owner.execute("SELECT api.deposit(%s, %s, 1000000, %s)", [taker_user, asset, f"more-{asset}"])
        again = value(
            owner,
            "SELECT api.place_order_for(%s, %s, %s, 'limit', %s, %s, %s, %s)",
            *known[:7],
        )
        assert again["replayed"]
        assert again["order"]["id"] == str(known[7])
        taker = value(
            owner,
            "SELECT api.place_order_for(%s, %s, %s, 'limit', %s, %s) #>> '{order,id}'",
            *(taker_user, symbol, taker_side, left, price),
        )
        value(owner, "SELECT api.cancel_order_for(%s, %s)", canceled_by, canceled)
        event = {"maker_order_id": str(maker), "taker_order_id": taker, "price": str(price), "quantity": str(left)}
        batch = [{"market": symbol, "first_seq": engine_seq + 1, "events": [event]}]
        assert value(owner, "SELECT api.settle_trades(%s::jsonb)", json.dumps(batch))[0]["applied"] == 1
        owner.execute("RESET ROLE")
        assert value(owner, "SELECT seq FROM trading.orders WHERE id = %s", taker) > last
        assert violations(owner) == []


def test_its_candles_can_be_made(database) -> None:
    """The leaves that its tape needs are there, and every trade of it goes into candles."""
    with database.connect() as owner:
        seed.seed(owner, HISTORY)
        assert value(owner, "SELECT market.roll_candles()") == value(owner, "SELECT count(*) FROM trading.trades") > 100
        assert violations(owner) == []
