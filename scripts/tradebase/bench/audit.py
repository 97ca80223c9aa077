"""What being audited costs a write, beside the same write to an equal table that is not."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from rich.progress import Progress

from tradebase import bench
from tradebase import database as databases
from tradebase.bench import DATABASE, backend_cpu, conditions_of, growth, pgbench, ratio, spread
from tradebase.server import GIB, Server

CLIENTS = 8
BULK = 50_000  # rows of one statement
LEAST_RATE, MOST_INSERT, MOST_UPDATE = 0.75, 3, 4
INSERT = """
INSERT INTO market.{table}
SELECT
    g, md5(g::text), g % 100, 'open', g * 1.5, g * 2.5, g * 0.001, 0, 0, 'gtc', FALSE, md5((g + 1)::text), NULL,
    clock_timestamp(), clock_timestamp(), 1
FROM generate_series(1, {rows}) AS g
"""
BULK_UPDATE = "UPDATE market.{table} SET status = 'filled', filled = quantity, version = version + 1"
SINGLE = """
\\set id random(1, {rows})
UPDATE market.{table} SET status = 'filled', filled = filled + 1, version = version + 1 WHERE id = :id;
"""


def audit(rounds: int, seconds: int, progress: Progress) -> dict[str, object]:
    """Write by one row and by many to three equal tables, one of them audited, in alternating pairs."""
    task = progress.add_task("Bench audit", total=4 * rounds, note="deploying")
    with bench.deployed(6 * GIB, {"max_wal_size": "8GB"}) as server:
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            owner.execute(Path(__file__).with_suffix(".sql").read_text())

            def advance(note: str) -> None:
                progress.update(task, advance=1, note=note)

            single = {name: singles(server, owner, name, rounds, seconds, advance) for name in ("again", "audited")}
            insert = {name: bulks(owner, name, INSERT, rounds, advance) for name in ("again", "audited")}
            update = {name: bulks(owner, name, BULK_UPDATE, rounds, advance) for name in ("again", "audited")}
        with databases.connect(server, DATABASE) as admin:
            conditions = conditions_of(admin) | {
                "clients": CLIENTS, "rounds": rounds, "seconds": seconds, "rows": BULK,
                "cpu": "of the server for single rows, of the one backend for many",
            }  # fmt: skip
    plain = [first for first, _ in single["audited"]]
    return {
        "bench": "audit",
        "conditions": conditions,
        "yardstick": {
            "name": "the same statement on an equal table that is not audited, by CPU of the server",
            "rate": spread([one.rate for one in plain], "statements/s") | pgbench.told(plain),
        },
        "figures": [
            {
                "name": f"update of one row{label}",
                **spread([second.rate for _, second in single[name]], "statements/s"),
                **ratio([first.cpu_us / second.cpu_us for first, second in single[name]], target),
                **pgbench.told([second for _, second in single[name]]),
            }
            for name, label, target in (("audited", "", LEAST_RATE), ("again", ", not audited either", None))
        ]
        + [
            {
                "name": f"{what} of {BULK:,} rows{label}",
                **spread([second for _, second in pairs[name]], "CPU s"),
                **growth([second / first for first, second in pairs[name]], most if name == "audited" else None),
            }
            for what, pairs, most in (("insert", insert, MOST_INSERT), ("update", update, MOST_UPDATE))
            for name, label in (("audited", ""), ("again", ", not audited either"))
        ],
    }


def singles(
    server: Server, owner: psycopg.Connection, name: str, rounds: int, seconds: int, advance: Callable[[str], None]
) -> list[tuple[pgbench.Slice, pgbench.Slice]]:
    """Update one row at a time, by several clients, in pairs of slices: not audited, and the named table."""
    pairs = []
    with TemporaryDirectory() as folder:
        scripts = {table: Path(folder, f"{table}.sql") for table in ("plain", name)}
        for table, script in scripts.items():
            script.write_text(SINGLE.format(table=table, rows=BULK))
            owner.execute(f"TRUNCATE market.{table}")
            owner.execute(INSERT.format(table=table, rows=BULK))
            owner.execute(f"VACUUM ANALYZE market.{table}")
        owner.execute("VACUUM ANALYZE audit.audit_logs")
        for _ in range(rounds + 1):
            pairs.append(tuple(pgbench.run(server, DATABASE, script, CLIENTS, seconds) for script in scripts.values()))
            if len(pairs) > 1:
                advance(f"one row, {name} {pairs[-1][1].rate:,.0f}/s")
    return pairs[1:]


def bulks(
    owner: psycopg.Connection, name: str, statement: str, rounds: int, advance: Callable[[str], None]
) -> list[tuple[float, float]]:
    """Return the CPU seconds of a statement of many rows, pair by pair: not audited, and the named table."""
    pairs = []
    for _ in range(rounds + 1):
        took = []
        for table in ("plain", name):
            owner.execute(f"TRUNCATE market.{table}")
            if statement != INSERT:
                owner.execute(INSERT.format(table=table, rows=BULK))
                owner.execute(f"VACUUM ANALYZE market.{table}")
            begun = backend_cpu(owner)
            owner.execute(statement.format(table=table, rows=BULK))
            took.append(backend_cpu(owner) - begun)
        pairs.append(tuple(took))
        if len(pairs) > 1:
            advance(f"{statement.split()[0].lower()}, {name} {took[1] / took[0]:.2f} times")
    return pairs[1:]
