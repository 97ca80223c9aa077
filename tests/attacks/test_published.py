"""What logical decoding shows of the published tables: A60. A server of its own, whose WAL has what it takes."""

import json
import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tradebase import PROJECT
from tradebase import database as databases
from tradebase.server import Server

pytestmark = pytest.mark.xdist_group("attacks")

DATABASE = "published"
ALICE, BOB = "aaaaaaaa-0000-4000-8000-00000000000a", "bbbbbbbb-0000-4000-8000-00000000000b"
KEYS = {
    "market.market_state": ["market_id"],
    "portfolio.balances": ["user_id", "asset_id"],
    "trading.positions": ["user_id", "market_id"],
}
# As Realtime asks: of the tables that its publication has now.
CHANGES = """
SELECT c.data::jsonb
FROM pg_logical_slot_get_changes(
    'realtime', NULL, NULL, 'format-version', '2', 'include-transaction', 'false', 'include-pk', 'true', 'add-tables', (
        SELECT string_agg(format('%s.%s', t.schemaname, t.tablename), ',')
        FROM pg_publication_tables AS t WHERE t.pubname = 'supabase_realtime'
    )
) AS c
"""
numbers = count(1)


@pytest.fixture(scope="module")
def published(cluster_starter, template) -> Iterator[Server]:
    """Give a server that decodes, with Alice and Bob in a market of theirs."""
    binaries = Path(template.server.binaries)
    libraries = subprocess.run([binaries / "pg_config", "--pkglibdir"], capture_output=True, text=True, check=True)
    if not Path(libraries.stdout.strip(), "wal2json.so").exists():
        pytest.skip("this PostgreSQL has no wal2json")
    # What commits is decoded once it is flushed.
    settings = {"wal_level": "logical", "synchronous_commit": "on"}
    described = subprocess.run([binaries / "postgres", "--describe-config"], capture_output=True, text=True, check=True)
    if "output_plugin_libraries" in described.stdout:
        settings["output_plugin_libraries"] = "pgoutput, test_decoding, wal2json"
    with cluster_starter(settings=settings) as server:
        databases.prepare(server, DATABASE, test_tools=False)
        databases.sqitch(server, DATABASE, "deploy")
        subprocess.run(
            [databases.psql(), "-Xq", "-v", "ON_ERROR_STOP=1", "-f", PROJECT / "tests/fixtures/trading_market.psql"],
            env=databases.environment(server, databases.OWNER, DATABASE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        yield server


@pytest.fixture
def admin(published) -> Iterator[psycopg.Connection]:
    """Give a superuser's session in a clone, as Realtime's is, and a slot that begins here."""
    with (
        databases.temporary_clone(published, DATABASE, f"{DATABASE}_{next(numbers)}") as name,
        databases.connect(published, name) as session,
    ):
        session.execute("SELECT pg_create_logical_replication_slot('realtime', 'wal2json', TRUE)")
        yield session
        session.execute("SELECT pg_drop_replication_slot('realtime')")


def decoded(admin: psycopg.Connection) -> list[dict]:
    """Return what was changed since the last time, a line for each row."""
    return [line for (line,) in admin.execute(CHANGES)]


def table_of(change: dict) -> str:
    """Return the table of a change."""
    return f"{change['schema']}.{change['table']}"


def values(change: dict, of: str = "columns") -> dict:
    """Return what a change says of a row."""
    return {column["name"]: column["value"] for column in change[of]}


def plain(value: object) -> object:
    """Return a number as the same number, however it is written, and anything else as it is."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value


def commands(admin: psycopg.Connection) -> list[tuple[str, Callable[[], object]]]:
    """Return commands by name: each is committed when it has been called."""

    def ask(query: str, *values: object) -> object:
        return admin.execute(query, values).fetchone()[0]

    def place(user: str, side: str, price: int, name: str) -> None:
        ask(
            "SELECT trading.place_order_for(%s, 'T1BTC-T1USD', %s, 'limit', 0.5, %s, client_order_id => %s)",
            user, side, price, name,
        )  # fmt: skip

    def settle() -> None:
        order = "SELECT id::text FROM trading.orders WHERE client_order_id = %s"
        trade = {"maker_order_id": ask(order, "maker"), "taker_order_id": ask(order, "taker")}
        batch = [{"market": "T1BTC-T1USD", "first_seq": 1, "events": [trade | {"price": "100", "quantity": "0.5"}]}]
        assert ask("SELECT trading.settle_trades(%s)", json.dumps(batch))[0]["applied"] == 1

    def cancel() -> None:
        ask("SELECT trading.cancel_order_for(%s, client_order_id => 'other')", ALICE)

    return [
        ("deposit", lambda: ask("SELECT portfolio.deposit(%s, 'T1USD', 5, 'published')", ALICE)),
        ("place", lambda: place(ALICE, "buy", 100, "maker")),
        ("place other", lambda: place(ALICE, "buy", 99, "other")),
        ("place taker", lambda: place(BOB, "sell", 100, "taker")),
        ("settle", settle),
        ("cancel", cancel),
        ("transfer", lambda: ask("SELECT portfolio.transfer_for(%s, %s, 'T1ETH', 1, 'given')", ALICE, BOB)),
        ("mark", lambda: ask("SELECT market.set_mark_price('T1BTC-T1USD', 99, now())")),
        ("nothing new", lambda: ask("SELECT portfolio.deposit(%s, 'T1USD', 5, 'published')", ALICE)),
    ]


def whose(admin: psycopg.Connection, change: dict) -> str:
    """Say what was changed, in names."""
    row = values(change, "identity" if change["action"] == "D" else "columns")
    users = {ALICE: "Alice", BOB: "Bob"}
    who = users.get(row.get("user_id"), "the platform") if "user_id" in row else "T1BTC-T1USD"
    what = ""
    if "asset_id" in row:
        what = admin.execute("SELECT code FROM market.assets WHERE id = %s", [row["asset_id"]]).fetchone()[0]
    return f"{table_of(change)} {who} {what}".strip()


EXPECTED = {
    "deposit": ["portfolio.balances Alice T1USD"],
    "place": ["portfolio.balances Alice T1USD"],
    "place other": ["portfolio.balances Alice T1USD"],
    "place taker": ["portfolio.balances Bob T1BTC"],
    "settle": [
        "market.market_state T1BTC-T1USD",
        "portfolio.balances Alice T1BTC",
        "portfolio.balances Alice T1USD",
        "portfolio.balances Bob T1BTC",
        "portfolio.balances Bob T1USD",
        "trading.positions Alice",
        "trading.positions Bob",
    ],
    "cancel": ["portfolio.balances Alice T1USD"],
    "transfer": ["portfolio.balances Alice T1ETH", "portfolio.balances Bob T1ETH"],
    "mark": ["market.market_state T1BTC-T1USD"],
    "nothing new": [],
}


def test_each_change_is_shown_once(admin) -> None:
    """Every committed command shows each row that it changed once, as it is now; one that was rolled back, nothing."""
    told = {}
    for name, command in commands(admin):
        with admin.transaction(force_rollback=True):
            command()
        assert decoded(admin) == [], f"{name}, rolled back"
        command()
        changes = decoded(admin)
        told[name] = sorted(whose(admin, change) for change in changes)
        for change in changes:
            keys, row = KEYS[table_of(change)], values(change)
            where = " AND ".join(f"t.{key} = %({key})s" for key in keys)
            (now,) = admin.execute(f"SELECT to_jsonb(t) FROM {table_of(change)} AS t WHERE {where}", row).fetchone()
            assert row.keys() == now.keys(), change
            # Numbers and ids; a time is written otherwise by wal2json than in JSON.
            compared = [key for key in now if not key.endswith("_at")]
            assert {key: plain(row[key]) for key in compared} == {key: plain(now[key]) for key in compared}
    assert told == EXPECTED


def test_a_subscriber_is_shown_what_is_theirs(admin) -> None:
    """Realtime asks row level security as the subscriber, and for the columns that they may select."""
    for _, command in commands(admin):
        command()
    admin.execute(
        "UPDATE portfolio.balances SET updated_at = updated_at; UPDATE trading.positions SET version = version + 1"
    )
    admin.execute("UPDATE market.market_state SET updated_at = updated_at")
    changes = decoded(admin)
    assert {table_of(change) for change in changes} == set(KEYS)
    shown = set()
    for name, user in (("Alice", ALICE), ("Bob", BOB)):
        for change in changes:
            table, row = table_of(change), values(change)
            where = " AND ".join(f"{key} = %({key})s" for key in KEYS[table])
            with admin.transaction(force_rollback=True):
                claims = json.dumps({"role": "authenticated", "sub": user})
                admin.execute("SELECT set_config('request.jwt.claims', %s, TRUE)", [claims])
                admin.execute("SET LOCAL ROLE authenticated")
                if admin.execute(f"SELECT 1 FROM {table} WHERE {where}", row).rowcount:
                    shown.add((name, whose(admin, change).partition(" ")[0], row.get("user_id")))
    assert shown == {
        ("Alice", "market.market_state", None),
        ("Alice", "portfolio.balances", ALICE),
        ("Alice", "trading.positions", ALICE),
        ("Bob", "market.market_state", None),
        ("Bob", "portfolio.balances", BOB),
        ("Bob", "trading.positions", BOB),
    }
    # Of those rows a column that is not for who signed in is known, and there is one.
    hidden = {
        f"{table_of(change)}.{column}"
        for change in changes
        for column in values(change)
        if not admin.execute(
            "SELECT has_column_privilege('authenticated', %s, %s, 'SELECT')", [table_of(change), column]
        ).fetchone()[0]
    }
    assert hidden == {"market.market_state.last_engine_seq"}


def test_a60_what_a_delete_tells(admin) -> None:
    """RAW: read what every subscriber is sent of a row that is deleted, past row level security. Its key."""
    for _, command in commands(admin):
        command()
    decoded(admin)
    with admin.transaction():
        # No command deletes any of it: whoever could would be an owner with a triggerless session.
        admin.execute("SET LOCAL session_replication_role = replica")
        for table in KEYS:
            admin.execute(f"DELETE FROM {table}")
    changes = decoded(admin)
    assert {table_of(change) for change in changes} == set(KEYS)
    for change in changes:
        assert change["action"] == "D"
        assert "columns" not in change, change
        assert list(values(change, "identity")) == KEYS[table_of(change)], change
