"""How a replay ended: what is in its markets, how the hot tables were updated, whether the books are right."""

import shlex
from collections import Counter

import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

STATES = ("open", "partially_filled", "filled", "canceled", "part filled, canceled")
HOT_TABLES = ["partitions.orders_open", "portfolio.balances", "trading.positions"]


def count(connection: psycopg.Connection, symbols: list[str]) -> dict[str, object]:
    """Return what is in the markets of a recording, in all and in each."""
    markets = {symbol: {"orders": 0, "trades": 0, "fills": 0, "states": Counter()} for symbol in symbols}
    for symbol, status, part, number in connection.execute(
        """
        SELECT m.symbol, o.status, o.filled_quantity > 0, count(*)
        FROM trading.orders AS o JOIN market.markets AS m ON m.id = o.market_id
        WHERE m.symbol = ANY (%s) GROUP BY 1, 2, 3
        """,
        [symbols],
    ):
        markets[symbol]["orders"] += number
        markets[symbol]["states"]["part filled, canceled" if status == "canceled" and part else status] += number
    for symbol, trades, fills in connection.execute(
        """
        SELECT
            m.symbol,
            (SELECT count(*) FROM trading.trades AS t WHERE t.market_id = m.id),
            (SELECT count(*) FROM trading.fills AS f WHERE f.market_id = m.id)
        FROM market.markets AS m WHERE m.symbol = ANY (%s)
        """,
        [symbols],
    ):
        markets[symbol] |= {"trades": trades, "fills": fills}
    for market in markets.values():
        market["states"] = {state: market["states"][state] for state in STATES}
    states = {state: sum(market["states"][state] for market in markets.values()) for state in STATES}
    return {
        "orders": sum(market["orders"] for market in markets.values()),
        "cancels": states["canceled"] + states["part filled, canceled"],
        "trades": sum(market["trades"] for market in markets.values()),
        "fills": sum(market["fills"] for market in markets.values()),
        "states": states,
        "markets": markets,
    }


def updates(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Return how often rows of the hot tables were updated since the server counts, and how often in their page."""
    connection.execute("SELECT pg_stat_force_next_flush()")  # our own counts, when this statement has ended
    return {
        name: (updated, hot)
        for name, updated, hot in connection.execute(
            """
            SELECT s.schemaname || '.' || s.relname, s.n_tup_upd, s.n_tup_hot_upd
            FROM pg_stat_user_tables AS s WHERE s.relid = ANY (%s::regclass[])
            """,
            [HOT_TABLES],
        )
    }


def hot_share(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> dict[str, dict[str, object]]:
    """Return for each table the updates between two counts, those without an index entry, and their percentage."""
    shares = {}
    for table in HOT_TABLES:
        updated, hot = (now - then for now, then in zip(after[table], before[table], strict=True))
        shares[table] = {"updates": updated, "hot": hot, "share": round(100 * hot / updated, 2) if updated else None}
    return shares


def integrity(connection: psycopg.Connection, bars: Progress) -> dict[str, object]:
    """Return how many checks there are and which count something."""
    task = bars.add_task("Check the books", total=1, note="")
    checks = connection.execute("SELECT check_name, bad_count FROM ops.verify_integrity()").fetchall()
    bars.update(task, completed=1, note=f"{len(checks)} checks")
    return {"checks": len(checks), "violated": {name: bad for name, bad in checks if bad}}


def show(console: Console, report: dict[str, object]) -> None:
    """Print the report."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("Events", f"{report['events']:,} of {report['of']:,}")
    table.add_row("  in this run", f"{report['events_now']:,}")
    if report["events_now"]:
        table.add_row("  seconds", f"{report['seconds']:.1f}")
        table.add_row("  per second", f"{report['events_per_second']:,}")
    for title in ("orders", "trades", "fills"):
        rate = f"{report[f'{title}_per_second']:,}/s  " if report["events_now"] else ""
        table.add_row(title.capitalize(), f"{rate}{report[title]:,}")
    for title in ("cancels", "unknown_deletes"):
        if title in report:
            table.add_row(title.capitalize().replace("_", " "), f"{report[title]:,}")
    for state, number in report["states"].items():
        table.add_row(f"  {state.replace('_', ' ')}", f"{number:,}")
    if len(report["markets"]) > 1:
        for symbol, market in report["markets"].items():
            ends = ", ".join(
                f"{number:,} {state.replace('_', ' ')}" for state, number in market["states"].items() if number
            )
            table.add_row(f"  {symbol}", f"{ends or 'nothing yet'}")
    for name, hot in report["hot_updates"].items():
        if hot["updates"]:
            table.add_row(f"HOT updates of {name}", f"{hot['hot']:,} of {hot['updates']:,}, {hot['share']:.2f} %")
    table.add_row("Integrity checks", f"{report['checks']:,}")
    table.add_row("Violations", " ".join(f"{name}: {bad}" for name, bad in report["violated"].items()) or "0")
    console.print(table)
    if report["events"] < report["of"]:
        console.print(f"Replay all of it: {command_line(report)}", soft_wrap=True, highlight=False, markup=False)


def command_line(report: dict[str, object]) -> str:
    """Return the command that goes on where a replay has stopped."""
    words = [".venv/bin/tradebase", "replay", report["file"], "--format", report["format"]]
    return shlex.join(words + (["--trades", report["trades_file"]] if report["trades_file"] else []))
