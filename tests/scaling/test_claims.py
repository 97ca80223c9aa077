"""What docs/scaling.md claims of the schema; and that every test it names is there."""

import ast
import json
import re
from collections import defaultdict

import psycopg
import pytest
from psycopg import sql

from tradebase import PROJECT

DOC = (PROJECT / "docs/scaling.md").read_text()
COLUMN = {"user": "user_id", "market": "market_id"}
SCHEMAS = "('core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring')"
TABLES = f"""
SELECT c.oid::regclass::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN {SCHEMAS}
"""
UNIQUE = """
SELECT
    i.indrelid::regclass::text, i.indexrelid::regclass::text, c.conname,
    ARRAY(SELECT a.attname FROM unnest(i.indkey) WITH ORDINALITY AS k (n, place)
          JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY k.place),
    (SELECT a.attidentity <> '' OR (a.atttypid = 'uuid'::regtype AND i.indisprimary)
     FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = i.indkey[0])
FROM pg_index AS i LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indisunique AND i.indrelid = ANY (%s::regclass[])
"""
# Nobody changes a row of these; of orders, those that have ended.
COLD = [
    "audit.audit_logs", "events.outbox", "portfolio.ledger_entries", "portfolio.portfolio_snapshots",
    "trading.engine_commands", "trading.fills", "trading.orders", "trading.trades",
]  # fmt: skip
COLUMNAR = ["audit.audit_logs", "portfolio.ledger_entries", "trading.fills", "trading.orders", "trading.trades"]
ALICE, BOB = ("5ca1e000-0000-4000-8000-00000000000a", "5ca1e000-0000-4000-8000-00000000000b")


def groups() -> dict[str, list[str]]:
    """Return the tables of each group, as the document has them."""
    rows = re.findall(r"^\| (user|market|reference|local) \| [^|]+ \| ([^|]+) \|$", DOC, re.MULTILINE)
    return {group: re.findall(r"`([a-z_.]+)`", tables) for group, tables in rows}


@pytest.fixture
def owner(rolled_back):
    """Yield a session of the owner's whose transaction is taken back."""
    with rolled_back.connect() as session, session.transaction(force_rollback=True):
        yield session


def test_every_test_that_is_named_is_there() -> None:
    """A claim stands beside a file of tests, or one function in it, and there are many."""
    named = re.findall(r"`(tests/[\w/]+\.(?:py|sql))(?:::(\w+))?`", DOC)
    assert len(named) > 20
    for file, function in named:
        assert (PROJECT / file).is_file(), file
        if function:
            there = {n.name for n in ast.parse((PROJECT / file).read_text()).body if isinstance(n, ast.FunctionDef)}
            assert function in there, f"{file}::{function}"
    # And none of this file is claimed nowhere.
    ours = set(re.findall(r"^def (test_\w+)", (PROJECT / "tests/scaling/test_claims.py").read_text(), re.MULTILINE))
    claimed = {function for file, function in named if file == "tests/scaling/test_claims.py"}
    assert ours - claimed == {"test_every_test_that_is_named_is_there"}


def test_every_table_has_its_place(owner: psycopg.Connection) -> None:
    """Each table is in one group, and the distributed ones have their column, which is never NULL."""
    placed = [table for tables in groups().values() for table in tables]
    assert sorted(placed) == sorted(table for (table,) in owner.execute(TABLES))
    for group, column in COLUMN.items():
        for table in groups()[group]:
            found = owner.execute(
                "SELECT attnotnull FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s", [table, column]
            ).fetchone()
            assert found == (True,), f"{table}.{column}"


def test_every_key_can_begin_with_the_distribution_column(owner: psycopg.Connection) -> None:
    """Those that do not contain it begin with an id that is unique by itself, and are made anew behind it; save two."""
    exceptions = set()
    for group, column in COLUMN.items():
        for table, index, constraint, columns, is_id in owner.execute(UNIQUE, [groups()[group]]).fetchall():
            if column in columns:
                continue
            if not is_id:
                exceptions.add(index.rpartition(".")[2])
                continue
            drop = sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(constraint))
            key = sql.SQL(", ").join(map(sql.Identifier, [column, *columns]))
            owner.execute(drop)
            owner.execute(sql.SQL("ALTER TABLE {} ADD PRIMARY KEY ({})").format(sql.SQL(table), key))
    assert exceptions == {"transfers_deposit_external_ref_idx", "transfers_withdrawal_external_ref_idx"}
    unsaid = [name for name in exceptions if f"`{name}`" not in DOC.partition("does not do today")[2]]
    assert unsaid == []


def test_foreign_keys_stay_on_a_machine(owner: psycopg.Connection) -> None:
    """From a distributed table to a reference table, or by the distribution column within its group."""
    place = {table: group for group, tables in groups().items() for table in tables}
    keys = owner.execute(
        """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.conname,
            ARRAY(SELECT a.attname::text FROM unnest(c.conkey) AS k (n)
                  JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.n)
        FROM pg_constraint AS c
        WHERE c.contype = 'f' AND c.conrelid = ANY (%s::regclass[])
        """,
        [list(place)],
    ).fetchall()
    assert len(keys) > 20
    wrong = [
        (name, table, target)
        for table, target, name, columns in keys
        if place.get(target) != "reference"
        and (place[table] in COLUMN or place.get(target) in COLUMN)
        and not (place[table] == place.get(target) and COLUMN[place[table]] in columns)
    ]
    assert wrong == []


def test_nobody_moves_a_row(owner: psycopg.Connection) -> None:
    """No role but the owner may update the column that says where a row lies, in the table or in a leaf of its."""
    may = owner.execute(
        """
        SELECT r.rolname, c.oid::regclass::text
        FROM (VALUES ('user_id', %s::regclass[]), ('market_id', %s::regclass[])) AS g (name, tables)
        JOIN pg_class AS c
            ON c.oid = ANY (g.tables)
            OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid AND i.inhparent = ANY (g.tables))
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = g.name
        JOIN pg_roles AS r ON NOT r.rolsuper AND r.rolname !~ '^pg_' AND r.oid <> c.relowner
        WHERE has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE')
        """,
        [groups()["user"], groups()["market"]],
    ).fetchall()
    assert may == []


def test_partitions_have_one_level(owner: psycopg.Connection) -> None:
    """No leaf is partitioned again, and no table has more than one parent."""
    deep = owner.execute("SELECT oid::regclass FROM pg_class WHERE relkind = 'p' AND relispartition").fetchall()
    assert deep == []
    assert owner.execute("SELECT FROM pg_inherits GROUP BY inhrelid HAVING count(*) > 1").fetchall() == []


def test_cold_leaves_never_change(owner: psycopg.Connection) -> None:
    """Nobody may update or delete a row of them, but of the open book; and what is partitioned otherwise is listed."""
    may = owner.execute(
        """
        SELECT DISTINCT c.oid::regclass::text
        FROM pg_class AS c
        LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
        JOIN pg_roles AS r ON NOT r.rolsuper AND r.rolname !~ '^pg_' AND r.oid <> c.relowner
        WHERE
            c.relkind IN ('r', 'p')
            AND (c.oid = ANY (%(cold)s::regclass[]) OR i.inhparent = ANY (%(cold)s::regclass[]))
            AND (
                has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE')
                OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')
            )
        """,
        {"cold": COLD},
    ).fetchall()
    assert may == [("partitions.orders_open",)]
    partitioned = owner.execute(f"{TABLES} AND c.relkind = 'p'").fetchall()
    assert {table for (table,) in partitioned} == {*COLD, "market.price_history"}


def test_cold_leaves_fit_columnar_storage(owner: psycopg.Connection) -> None:
    """They have no foreign key, to or from, and no trigger after a row."""
    keys = owner.execute(
        """
        SELECT conname FROM pg_constraint
        WHERE contype = 'f' AND (conrelid = ANY (%(cold)s::regclass[]) OR confrelid = ANY (%(cold)s::regclass[]))
        """,
        {"cold": COLUMNAR},
    ).fetchall()
    assert keys == []
    # 1 is the bit of FOR EACH ROW, 2 of BEFORE, 64 of INSTEAD OF.
    triggers = owner.execute(
        """
        SELECT t.tgname FROM pg_trigger AS t
        LEFT JOIN pg_inherits AS i ON i.inhrelid = t.tgrelid
        WHERE
            (t.tgrelid = ANY (%(cold)s::regclass[]) OR i.inhparent = ANY (%(cold)s::regclass[]))
            AND t.tgtype & 1 = 1 AND t.tgtype & (2 | 64) = 0
        """,
        {"cold": COLUMNAR},
    ).fetchall()
    assert triggers == []


def test_an_order_is_one_users_and_one_markets(owner: psycopg.Connection) -> None:
    """What a placement and a cancellation write, they write of one user and of one market, who are not alone there."""
    owner.execute(
        """
        INSERT INTO market.assets (code, name, kind, scale, display_scale)
        VALUES ('SCUSD', 'Dollar', 'fiat', 10, 2), ('SCBTC', 'Coin', 'crypto', 8, 8), ('SCETH', 'Coin', 'crypto', 8, 8);
        INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size)
        SELECT b.code || '-SCUSD', b.id, q.id, 'open', 'external', 0.01, 0.001
        FROM market.assets AS b, market.assets AS q WHERE b.code IN ('SCBTC', 'SCETH') AND q.code = 'SCUSD'
        """
    )
    for user in (ALICE, BOB):
        owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
        owner.execute("SELECT portfolio.deposit(%s, 'SCUSD', 1000, 'start')", [user])
        owner.execute("SELECT trading.place_order_for(%s, 'SCBTC-SCUSD', 'buy', 'limit', 1, 10)", [user])
        owner.execute("SELECT trading.place_order_for(%s, 'SCETH-SCUSD', 'buy', 'limit', 1, 10)", [user])
    before = rows(owner)
    (placed,) = owner.execute(
        "SELECT trading.place_order_for(%s, 'SCBTC-SCUSD', 'buy', 'limit', 1, 20, client_order_id => 'mine')", [ALICE]
    ).fetchone()
    owner.execute("SELECT trading.cancel_order_for(%s, %s)", [ALICE, placed["order"]["id"]])
    (market,) = owner.execute("SELECT id FROM market.markets WHERE symbol = 'SCBTC-SCUSD'").fetchone()
    written = defaultdict(set)
    for table, there in rows(owner).items():
        for row in there ^ before[table]:
            group = next(group for group, tables in groups().items() if table in tables)
            written[group].add(json.loads(row).get(COLUMN.get(group)))
            written[table].add(row)
    assert written["user"] == {ALICE}
    assert written["market"] == {market}
    assert len(written["trading.orders"]) == 1
    assert len(written["trading.client_orders"]) == 1
    assert written["reference"] == set()


def rows(owner: psycopg.Connection) -> dict[str, set[str]]:
    """Return every row of every table, as JSON."""
    return {
        table: {row for (row,) in owner.execute(f"SELECT to_jsonb(t)::text FROM {table} AS t")}
        for tables in groups().values()
        for table in tables
    }
