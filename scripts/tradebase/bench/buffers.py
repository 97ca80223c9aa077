"""Pages that a command touches, as pg_stat_statements counts them, in a small book and in a large one."""

import json
import uuid

import psycopg
from rich.progress import Progress

from tradebase import database as databases
from tradebase import seed as seeds
from tradebase.bench.seed import UNTIL
from tradebase.server import Server

MOST = 1.1  # times the pages that it takes in the small book
COMMANDS = {"place": "api.place_order_for", "cancel": "api.cancel_order_for", "settle": "api.settle_trades"}
MARKET = "BTC-USD"
MAKER, TAKER = uuid.UUID(int=0xB0F1), uuid.UUID(int=0xB0F2)
PLACE = """SELECT api.place_order_for(
    user_id => %s, market => %s, side => %s, type => 'limit', quantity => 0.001, price => %s, client_order_id => %s
) #>> '{order,id}'
"""


def growth(
    server: Server,
    template: str,
    closed: tuple[int, int],
    still_open: tuple[int, int],
    commands: int,
    progress: Progress | None = None,
) -> list[dict[str, object]]:
    """Return the pages of each command and of an order's whole life, and how they grow with closed and open orders."""
    progress = progress or Progress(disable=True)
    books = [(closed[0], still_open[0]), (closed[1], still_open[0]), (closed[0], still_open[1])]
    task = progress.add_task("Bench buffers", total=len(books), note="")
    found = []
    for ended, living in books:
        with databases.temporary_clone(server, template, "bench_buffers") as clone:
            progress.update(task, note=f"{ended:,} closed, {living:,} open")
            found.append(pages(server, clone, ended, living, commands))
        progress.update(task, advance=1)
    small = found[0]
    return [
        {
            "name": f"{name}, {what} {first:,} to {second:,}",
            "value": large[name],
            "min": small[name],
            "max": large[name],
            "unit": "pages",
            "ratio": large[name] / small[name],
            "most": MOST,
            "met": large[name] <= MOST * small[name],
        }
        for what, (first, second), large in (("closed", closed, found[1]), ("open", still_open, found[2]))
        for name in small
    ]


def pages(server: Server, database: str, closed: int, still_open: int, commands: int) -> dict[str, float]:
    """Seed a book and return the pages per command of two users who come to it, found in memory or read."""
    history = seeds.History(
        # Every eighth open order has met one that is closed.
        orders=closed + still_open + still_open // 8,
        users=100,
        open_orders=still_open,
        until=UNTIL,
    )
    with (
        databases.connect(server, database, databases.OWNER) as owner,
        databases.connect(server, database) as admin,
    ):
        seeds.seed(owner, history)
        for user in (MAKER, TAKER):
            owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
        # Everybody has some of everything, in every book: what is compared is the number of orders alone.
        owner.execute(
            """
            SELECT portfolio.deposit(u.id, a.code, 1000000000, 'buffers-' || a.code)
            FROM identity.users AS u, market.assets AS a WHERE u.kind = 'customer'
            """
        )
        admin.execute("CREATE EXTENSION pg_stat_statements SCHEMA public")
        admin.execute("VACUUM ANALYZE")
        service = owner
        service.execute("SET ROLE service_role")
        run(admin, service, "warm", commands // 5)
        admin.execute("SELECT pg_stat_statements_reset()")
        run(admin, service, "measured", commands)
        taken = {
            command: admin.execute(
                """
                SELECT sum(s.shared_blks_hit + s.shared_blks_read)::float8, sum(s.calls)::float8
                FROM pg_stat_statements AS s JOIN pg_database AS d ON d.oid = s.dbid
                WHERE d.datname = current_database() AND s.query LIKE %s
                """,
                [f"%SELECT {function}(%"],
            ).fetchone()
            for command, function in COMMANDS.items()
        }
    return {f"pages of {command}": touched / calls for command, (touched, calls) in taken.items()} | {
        "pages of an order": sum(touched for touched, _ in taken.values()) / taken["place"][1]
    }


def run(admin: psycopg.Connection, service: psycopg.Connection, name: str, commands: int) -> None:
    """Place as many orders for each of the two, settle half of them one by one and cancel the others."""
    engine_seq, price = admin.execute(
        """
        SELECT s.last_engine_seq, s.last_price::numeric FROM market.market_state AS s
        JOIN market.markets AS m ON m.id = s.market_id WHERE m.symbol = %s
        """,
        [MARKET],
    ).fetchone()
    for number in range(commands):
        ids = [
            service.execute(PLACE, [user, MARKET, side, price, f"{name}-{number}"]).fetchone()[0].strip()
            for user, side in ((MAKER, "buy"), (TAKER, "sell"))
        ]
        if number % 2:
            for user, order in zip((MAKER, TAKER), ids, strict=True):
                service.execute("SELECT api.cancel_order_for(%s, %s)", [user, order])
            continue
        engine_seq += 1
        event = {"maker_order_id": ids[0], "taker_order_id": ids[1], "price": str(price), "quantity": "0.001"}
        batch = [{"market": MARKET, "first_seq": engine_seq, "events": [event]}]
        service.execute("SELECT api.settle_trades(%s::jsonb)", [json.dumps(batch)])
