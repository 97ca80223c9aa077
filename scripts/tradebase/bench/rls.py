"""What row level security costs the hot reads of a user, beside the same reads of a clone without it."""

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg
from psycopg import sql
from rich.progress import Progress

from tradebase import Problem, bench
from tradebase import database as databases
from tradebase import seed as seeds
from tradebase.bench import DATABASE, conditions_of, growth, pgbench, spread
from tradebase.server import GIB, Server

CLIENTS = 8
PAGE = 100
MOST_GROWTH, MOST_MICROSECONDS = 1.05, 15  # of a read of a hundred rows and more; of a point read
BARE = "bench_bare"  # the clone: no row level security, and whose rows they are written into each view and function


@dataclass(frozen=True)
class Read:
    """A read of api, by a user; of a point there are few rows, and what is fixed counts."""

    name: str
    statement: str
    is_point: bool = False


# As clients send them: values are parameters, which pgbench writes as :name.
READS = {
    one.name: one
    for one in (
        Read("open orders", "SELECT * FROM api.open_orders"),
        Read("order history page", "SELECT * FROM api.list_orders(max_rows => :page)"),
        Read("fills page", "SELECT * FROM api.list_fills(max_rows => :page)"),
        Read("statement page", "SELECT * FROM api.statement('USD', max_rows => :page)"),
        Read("balances", "SELECT * FROM api.balances", is_point=True),
        Read("positions", "SELECT * FROM api.positions", is_point=True),
        Read("one balance", "SELECT * FROM api.balances WHERE asset = 'USD'", is_point=True),
        Read("one open order", "SELECT * FROM api.open_orders WHERE id = '{order_id}'", is_point=True),
    )
}
READ = ("trading.orders", "trading.fills", "trading.positions", "portfolio.balances", "portfolio.ledger_entries")
BESIDE = ("market.markets", "market.assets")  # what they are joined with, and everybody sees
# Somebody who has more than a page of everything that lives and that ended.
READER = """
SELECT o.user_id::text, min(o.id::text), count(*)
FROM trading.orders AS o
WHERE o.closed_at = 'infinity'
GROUP BY o.user_id ORDER BY count(*) DESC, o.user_id LIMIT 1
"""


def rls(names: list[str], orders: int, rounds: int, seconds: int, progress: Progress) -> dict[str, object]:
    """Read as `authenticated`, by eight clients, with row level security and without, in alternating pairs."""
    chosen = [READS[name] for name in names or READS]
    task = progress.add_task("Bench rls", total=len(chosen) * rounds, note="deploying")
    room = 2 * GIB + orders * 8192  # twice what the history takes
    with bench.deployed(room, {"max_wal_size": "8GB"}) as server:
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            # Few users, of whom the one who is asked has a page of everything, open orders too.
            seeds.seed(owner, seeds.History(orders, max(orders // 5000, 2) * 2, open_orders=orders // 50), progress)
            user_id, order_id, still_open = owner.execute(READER).fetchone()
        with databases.connect(server, DATABASE) as admin:
            admin.execute("VACUUM ANALYZE")
        databases.clone(server, DATABASE, BARE)
        with databases.connect(server, BARE, databases.OWNER) as owner:
            lay_bare(owner, user_id)
        figures = []
        for read in chosen:
            statement = read.statement.format(order_id=order_id)
            pages = same_pages(server, read, statement, user_id)
            with ExitStack() as stack:
                folder = stack.enter_context(TemporaryDirectory())
                script = Path(folder, "read.sql")
                script.write_text(f"{statement};\n")
                found = []
                for _ in range(rounds + 1):  # the first warms
                    found.append([one_slice(server, name, script, user_id, seconds) for name in (BARE, DATABASE, BARE)])
                    if len(found) > 1:
                        progress.update(task, advance=1, note=f"{read.name} {found[-1][1].rate:,.0f}/s")
            figures += told(read, found[1:], pages)
        with databases.connect(server, DATABASE) as admin:
            conditions = conditions_of(admin) | {
                "clients": CLIENTS, "rounds": rounds, "seconds": seconds, "orders": orders, "open": still_open,
                "rows": {name: admin.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in READ},
                "protocol": "prepared, planned anew each time, as authenticator's connections do",
                "role": "authenticated", "cpu": "of the server",
            }  # fmt: skip
    bare = [figure["bare"] for figure in figures if "bare" in figure]
    return {
        "bench": "rls",
        "conditions": conditions,
        "yardstick": {
            "name": "the same read of a clone without row level security, its owner written into the query, by CPU",
            "rate": spread(bare, "µs of CPU"),
        },
        "figures": figures,
    }


def lay_bare(owner: psycopg.Connection, user_id: str) -> None:
    """Switch row level security off, and write a user's id into the views and functions of api that read their rows."""
    for table in READ + BESIDE:
        owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    written = owner.execute(
        """
        SELECT format(
            'CREATE OR REPLACE VIEW %s WITH (security_invoker = TRUE) AS %s', c.oid::regclass, pg_get_viewdef(c.oid)
        )
        FROM pg_class AS c WHERE c.relnamespace = 'api'::regnamespace AND c.relkind = 'v'
        UNION ALL
        SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
        WHERE p.pronamespace = 'api'::regnamespace AND p.proname IN ('list_orders', 'list_fills', 'statement')
        """
    ).fetchall()
    tables = "|".join(map(re.escape, READ))
    for (definition,) in written:
        # A filter in the same query, as the policy's is: the planner pulls it up.
        mine = re.sub(
            rf"\b({tables}) (\w)\b", rf"(SELECT t.* FROM \1 AS t WHERE t.user_id = '{user_id}') AS \2", definition
        )
        if mine != definition:
            owner.execute(mine)


def one_slice(server: Server, database: str, script: Path, user_id: str, seconds: int) -> pgbench.Slice:
    """Run a read for some seconds as the user."""
    settings = {"plan_cache_mode": "force_custom_plan", "request.jwt.claims": claims(user_id)}
    return pgbench.run(server, database, script, CLIENTS, seconds, "authenticated", {"page": PAGE}, settings)


def claims(user_id: str) -> str:
    """Return the claims of a user's request, without a space."""
    return json.dumps({"sub": user_id, "role": "authenticated"}, separators=(",", ":"))


def same_pages(server: Server, read: Read, statement: str, user_id: str) -> int:
    """Return the pages that the read touches with row level security and without; REFUSED when they differ, or rows."""
    asked = statement.replace(":page", str(PAGE))
    found = []
    for database in (DATABASE, BARE):
        with databases.connect(server, database) as admin:
            admin.execute("SET ROLE authenticated")
            admin.execute("SELECT set_config('request.jwt.claims', %s, FALSE)", [claims(user_id)])
            admin.execute("SET plan_cache_mode = force_custom_plan")
            for _ in range(2):  # what the catalog costs is read by the first
                plan = admin.execute(sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}").format(sql.SQL(asked)))
                top = plan.fetchone()[0][0]["Plan"]
            found.append((top["Shared Hit Blocks"] + top["Shared Read Blocks"], top["Actual Rows"]))
    (pages, rows), bare = found
    if (pages, rows) != bare:
        raise Problem(f"{read.name}: {pages} pages and {rows} rows with row level security, {bare} without.")
    if not rows or (rows < PAGE and not read.is_point):
        raise Problem(f"{read.name}: {rows} rows are no page; make more orders.")
    return pages


def told(read: Read, found: list[list[pgbench.Slice]], pages: int) -> list[dict[str, object]]:
    """Return the figures of a read: what row level security adds, and what the clone differs from itself."""
    cost = [[one.cpu_us for one in slices] for slices in found]
    figures = []
    for name, at, judged in ((read.name, 1, True), (f"{read.name}, bare again", 2, False)):
        more = [costs[at] - costs[0] for costs in cost]
        figure = {"name": name, "pages": pages, **spread(more, "µs of CPU more")}
        figure |= growth([costs[at] / costs[0] for costs in cost])
        figure |= {"bare": median(costs[0] for costs in cost), **pgbench.told([slices[at] for slices in found])}
        if judged and read.is_point:
            figure |= {"most": MOST_MICROSECONDS, "met": figure["value"] <= MOST_MICROSECONDS}
        elif judged:
            figure |= {"most": MOST_GROWTH, "met": figure["ratio"] <= MOST_GROWTH}
        figures.append(figure)
    return figures
