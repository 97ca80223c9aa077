"""Making history, beside a bare INSERT … SELECT of the same rows into tables without indexes."""

from datetime import UTC, datetime

import psycopg
from rich.progress import Progress

from tradebase import bench
from tradebase import database as databases
from tradebase import seed as seeds
from tradebase.bench import DATABASE, conditions_of, ratio, spread, timed
from tradebase.server import GIB

TARGET = 0.3  # of the yardstick's rate
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
TABLES = (
    "market.market_state",
    "portfolio.balances",
    "portfolio.ledger_entries",
    "portfolio.transfers",
    "trading.client_orders",
    "trading.engine_commands",
    "trading.fills",
    "trading.orders",
    "trading.positions",
    "trading.trades",
)


def seed(orders: int, rounds: int, progress: Progress) -> dict[str, object]:
    """Seed and copy in turn, each time into an empty database; the figure is the ratio of the rates, pair by pair."""
    task = progress.add_task("Bench seed", total=rounds, note="deploying")
    ours, bare = [], []
    with bench.deployed(GIB + 20_000 * orders) as server:
        for number in range(rounds):
            with (
                databases.temporary_clone(server, DATABASE, "bench_seed") as clone,
                databases.connect(server, clone, databases.OWNER) as owner,
            ):
                history = seeds.History(orders=orders, number=number, until=UNTIL)
                ours.append(seeds.seed(owner, history)["seconds"])
                bare.append(copied(owner))
            progress.update(task, advance=1, note=f"{orders / ours[-1]:,.0f} orders/s")
        with databases.connect(server) as admin:
            conditions = conditions_of(admin) | {"clients": 1, "rows": orders, "rounds": rounds}
    return {
        "bench": "seed",
        "conditions": conditions,
        "yardstick": {
            "name": "INSERT … SELECT of the same rows into tables without indexes and constraints",
            "rate": spread([orders / seconds for seconds in bare], "orders/s"),
        },
        "figures": [
            {
                "name": "tradebase seed",
                **spread([orders / seconds for seconds in ours], "orders/s"),
                **ratio([plain / made for plain, made in zip(bare, ours, strict=True)], TARGET),
            }
        ],
    }


def copied(owner: psycopg.Connection) -> float:
    """Return the seconds that the same rows take, in one transaction, into tables of the same columns and no more."""
    owner.execute("CREATE SCHEMA bare")
    for table in TABLES:
        owner.execute(f"CREATE TABLE bare.{table.split('.')[1]} (LIKE {table})")

    def copy() -> None:
        with owner.transaction():
            for table in TABLES:
                owner.execute(f"INSERT INTO bare.{table.split('.')[1]} SELECT * FROM {table}")

    return timed(copy)
