"""`tradebase up`: a cluster of its own on a real disk, the package deployed, real input loaded, order flow replayed."""

import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from tradebase import ENVIRONMENT, PROJECT, Problem, load, recordings, sample
from tradebase import database as databases
from tradebase import replay as replays
from tradebase import server as servers
from tradebase.server import GIB, Server

DATABASE = "tradebase"
ROOM = GIB  # bytes that a new cluster needs: its own files, the log of the load, the bars
# PostgreSQL's own durability. A deploy that makes many leaves in one transaction takes a lock for each, and a statement
# whose client is gone (a pooler that has cut it off, say) is to end: nobody else would end it.
SETTINGS = {
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
    "client_connection_check_interval": "5s",
}
USERS = 20
FUNDS = "100000.00"
REAL = {
    "instruments": "lean_symbol_properties.csv.xz",
    "bars": "lean_ohlcv_1m_multi.csv.xz",
    "orders": "bitstamp_btcusd_l3_orders.csv.gz",
}
SLICE = 15_000  # events of a recording that `up` replays: the opening book and what fits into some fifteen seconds
IDS = uuid.UUID("7b0fca5e-6f0e-5c2f-9d0c-7472616465aa")  # namespace of the ids of the funded users
COMPLETE = "complete"
RECORDING = "recording"

# The package's own schemas, for counting what is there.
OURS = (
    "('core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api', "
    "'partitions', 'attic')"
)


def home() -> Path:
    """Return where the cluster lives: TRADEBASE_HOME, else /var/lib/tradebase (root), else in the user's own data."""
    if chosen := os.environ.get("TRADEBASE_HOME"):
        return Path(chosen).resolve()
    return Path("/var/lib/tradebase") if os.geteuid() == 0 else Path.home() / ".local/share/tradebase"


def existing() -> Server | None:
    """Return the cluster in home(), running or not; None where `up` has never begun one."""
    try:
        known = json.loads((home() / "server.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise Problem(
            f"{home()} belongs to another user: set TRADEBASE_HOME to a directory of your own.", ENVIRONMENT
        ) from None
    return Server(str(home()), known["binaries"], known["port"])


def running() -> Server:
    """Return the running cluster; REFUSED when there is none."""
    server = existing()
    if server is None or not servers.is_running(server):
        raise Problem("Tradebase is not running: start it with ./scripts/up.")
    return server


def psql_command(server: Server, database: str = DATABASE) -> str:
    """Return the command line with which to look for oneself."""
    return f"psql -h {server.socket} -p {server.port} -U {databases.OWNER} {database}"


@contextmanager
def only_one(folder: Path | None = None) -> Iterator[None]:
    """Hold a folder, home() if not named, against a second `up` or `down`; REFUSED when another is at work."""
    folder = folder or home()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as why:
        raise Problem(
            f"{folder} cannot be written ({why.strerror}): set TRADEBASE_HOME to a directory of your own.", ENVIRONMENT
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(f"Another tradebase command is at work in {folder}: wait for it to end.") from None
        yield


def start_cluster(port: int | None) -> Server:
    """Start the cluster in home(), made new where there is none; ENVIRONMENT for a taken port or a full disk."""
    old = existing()
    servers.installed_binaries()
    servers.client_binaries()  # said before anything is made
    if port is not None:
        servers.refuse_taken_port(port)
    elif old and servers.is_free(old.port):
        port = old.port
    else:
        port = servers.free_port()
    folder = home()
    if old is None or not (Path(old.data) / "PG_VERSION").exists():
        servers.refuse_full_disk(folder, ROOM)
        server = servers.lay_out(folder, servers.installed_binaries(), port)
        shutil.rmtree(server.data, ignore_errors=True)
        servers.init(server)
    else:
        major = int((Path(old.data) / "PG_VERSION").read_text())
        server = servers.lay_out(folder, servers.installed_binaries(major), port)
    servers.configure(server, SETTINGS)
    (folder / "server.json").write_text(json.dumps({"binaries": server.binaries, "port": server.port}))
    servers.start(server)
    return server


def source_of(what: str, given: Path | None) -> tuple[Path | None, str]:
    """Return the file to load and how to call it: what the user names, else the real one, else None for the sample."""
    if given:
        return given, str(given)
    real = Path(os.environ.get("TRADEBASE_DATA", PROJECT.parent / "shared/data")) / REAL[what]
    return (real, f"{real} (real)") if real.exists() else (None, "a small set that was made up (no file was given)")


def progress_bars(console: Console) -> Progress:
    """Return the bars of a long command."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
    )


def deploy(server: Server, bars: Progress, database: str = DATABASE) -> None:
    """Deploy and verify what is not deployed yet, with a bar that moves with each change."""
    plan = databases.planned_changes()
    with databases.connect(server, database) as admin:
        registry = admin.execute("SELECT to_regclass('sqitch.changes') IS NOT NULL").fetchone()[0]
        done = admin.execute("SELECT count(*) FROM sqitch.changes").fetchone()[0] if registry else 0
    task = bars.add_task("Deploy and verify", total=len(plan), completed=done, note="")

    def advance(line: str) -> None:
        if line.startswith("  + "):
            bars.update(task, advance=1, note=line.split()[1])

    databases.sqitch(server, database, "deploy", "--verify", on_line=advance)
    bars.update(task, completed=len(plan), note=f"{len(plan)} changes")


def load_file(server: Server, what: str, file: Path | None, bars: Progress, **options: object) -> None:
    """Load a file (None: the sample) with a bar that moves with its bytes, and print what the loader reports."""
    # Half the bar is reading the file; the other half, what the loader makes of it, is passed in one step.
    task = bars.add_task(f"Load {what}", total=2 * file.stat().st_size if file else None, note="")

    def moved(position: int) -> None:
        bars.update(task, completed=position, note="")

    content = load.chunks(file, moved) if file else getattr(sample, what)()
    with databases.connect(server, DATABASE, databases.OWNER) as connection:
        report = load.load(connection, what, content, **options)
    total = bars.tasks[task].total or 1
    bars.update(task, total=total, completed=total)
    for line in told(what, report):
        bars.console.print(line, soft_wrap=True, highlight=False, markup=False)


def told(what: str, report: list[dict[str, object]]) -> list[str]:
    """Say line by line what a loader reported."""
    if what == "bars":
        row = report[0]
        return [
            f"  {row['bars_read']:,} bars of {row['markets']:,} markets read: {row['bars_loaded']:,} loaded, "
            f"{row['already_there']:,} already there, {row['gaps']:,} gaps"
        ]
    lines = [f"  {sum(row['instruments'] for row in report):,} instruments read:"]
    for row in report:
        example = "" if row["outcome"] in ("loaded", "already there") else f" ({row['example']})"
        lines.append(f"  {row['instruments']:>7,} {row['outcome']}{example}")
    return lines


def recording_of(given: Path | None) -> tuple[Path, str]:
    """Return the file of orders to replay and how to call it, the same one until it is done."""
    folder = home() / RECORDING
    chosen = folder / "chosen"
    if not given and chosen.exists() and (before := Path(chosen.read_text())).is_file():
        return before, f"{before} (as before)"
    file, name = source_of("orders", given)
    if file is None:
        file, name = recordings.without_a_file(folder)
    folder.mkdir(exist_ok=True)
    chosen.write_text(str(file.resolve()))
    return file.resolve(), name


def replay(server: Server, given: Path | None, bars: Progress) -> dict[str, object]:
    """Replay the beginning of a recording, say which, and return the report."""
    file, name = recording_of(given)
    bars.console.print(f"Replaying {name}", soft_wrap=True, highlight=False, markup=False)
    with databases.connect(server, DATABASE, databases.OWNER) as connection:
        return replays.replay(connection, file, "bitstamp-l3", limit=SLICE, bars=bars)


def fund(server: Server, bars: Progress) -> None:
    """Sign up the same users every time and deposit once for each."""
    task = bars.add_task("Fund users", total=USERS, note="")
    with databases.connect(server, DATABASE, databases.OWNER) as connection:
        for number in range(1, USERS + 1):
            user = uuid.uuid5(IDS, str(number))
            with connection.transaction():
                connection.execute(
                    "INSERT INTO auth.users (id, email) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
                    [user, f"user{number:02}@example.org"],
                )
            with connection.transaction():
                connection.execute("SET LOCAL ROLE service_role")
                connection.execute(
                    """
                    SELECT api.deposit(
                        user_id => %s, asset => 'USD', amount => %s, idempotency_key => %s, external_ref => %s
                    )
                    """,
                    [user, FUNDS, f"up-user-{number:02}", f"up-user-{number:02}"],
                )
            bars.update(task, advance=1)
    bars.update(task, note=f"{USERS} users, {float(FUNDS):,.2f} USD each")


def describe(server: Server) -> dict[str, object]:
    """Return what is in the database, counted."""
    with databases.connect(server, DATABASE) as admin:

        def value(query: str) -> object:
            return admin.execute(query).fetchone()[0]

        tables = admin.execute(
            f"""
            SELECT c.oid::regclass::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN {OURS} ORDER BY 1
            """
        ).fetchall()
        checks = admin.execute("SELECT check_name, bad_count FROM ops.verify_integrity()").fetchall()
        return {
            "server": admin.info.parameter_status("server_version"),
            "changes": value("SELECT count(*) FROM sqitch.changes"),
            "tables": len(tables),
            "partitions": value(
                f"""
                SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE c.relkind = 'r' AND c.relispartition AND n.nspname IN {OURS}
                """
            ),
            "rows": {name: value(f"SELECT count(*) FROM {name}") for (name,) in tables},
            "checks": len(checks),
            "violations": sum(bad for _, bad in checks),
            "violated": [name for name, bad in checks if bad],
            "bytes": value("SELECT pg_database_size(current_database())"),
        }


def print_summary(console: Console, there: dict[str, object]) -> None:
    """Print what is there."""
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("PostgreSQL", str(there["server"]))
    table.add_row("Changes deployed", f"{there['changes']:,}")
    table.add_row("Tables", f"{there['tables']:,}")
    table.add_row("Partitions", f"{there['partitions']:,}")
    for name, rows in there["rows"].items():
        table.add_row(f"  rows in {name}", f"{rows:,}")
    table.add_row("Integrity checks", f"{there['checks']:,}")
    table.add_row("Violations", f"{there['violations']:,} {' '.join(there['violated'])}".strip())
    table.add_row("Size", f"{there['bytes'] / 1e6:,.1f} MB")
    if "seconds" in there:
        table.add_row("Elapsed", f"{there['seconds']:.1f} s")
    console.print(table)


def say_where(console: Console, psql: str) -> None:
    """Print the command to look for oneself, on a line of its own to copy."""
    console.print(f"Look for yourself: {psql}", soft_wrap=True, highlight=False)


def up(
    console: Console, port: int | None, instruments: Path | None, bars_file: Path | None, orders: Path | None
) -> None:
    """Start, deploy, load, fund, replay and say what is there; what is done already is not done again."""
    begun, report = time.monotonic(), None
    with only_one():
        server = existing()
        done = home() / COMPLETE
        if server and servers.is_running(server) and done.exists():
            console.print(f"Tradebase is running on port {server.port}; nothing was changed.", highlight=False)
            say_where(console, psql_command(server))
            return
        for file in (instruments, bars_file, orders):
            if file and not file.is_file():
                raise Problem(f"File {file} does not exist: give the path of a file to load.")
        if server and servers.is_running(server):
            servers.stop(server)  # an earlier `up` was killed: begin again where it was
        with progress_bars(console) as bars:
            server = start_cluster(port)
            try:
                databases.prepare(server, DATABASE, test_tools=False)
                deploy(server, bars)
                for what, given in (("instruments", instruments), ("bars", bars_file)):
                    if done.exists() and not given:
                        continue
                    file, name = source_of(what, given)
                    console.print(f"Loading {what} from {name}", soft_wrap=True, highlight=False)
                    load_file(server, what, file, bars)
                if not done.exists():
                    fund(server, bars)
                if orders or not done.exists():
                    report = replay(server, orders, bars)
                task = bars.add_task("Analyze", total=1, note="")
                with databases.connect(server, DATABASE) as admin:
                    admin.execute("ANALYZE")
                bars.update(task, completed=1)
                done.touch()
            except BaseException:
                servers.stop(server)
                raise
        if report:
            replays.show(console, report)
            console.print()
        print_summary(console, describe(server) | {"seconds": time.monotonic() - begun})
        say_where(console, psql_command(server))


def down(console: Console, delete: bool) -> None:
    """Stop the cluster; its data stay unless told otherwise."""
    if existing() is None:
        console.print("Tradebase was never started here; nothing was changed.")
        return
    with only_one():
        server = existing()
        if servers.is_running(server):
            servers.stop(server)
            console.print("Tradebase is stopped; its data are kept." if not delete else "Tradebase is stopped.")
        elif not delete:
            console.print("Tradebase is not running; nothing was changed.")
        if delete:
            for entry in ("cluster", "pg_ctl", "server.json", RECORDING, COMPLETE):
                path = home() / entry
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            console.print(f"{home()} is emptied.", soft_wrap=True, highlight=False)


def status() -> dict[str, object]:
    """Return whether the cluster is there, runs, and what is in it."""
    server = existing()
    if server is None:
        return {"home": str(home()), "exists": False, "running": False}
    there = {"home": str(home()), "exists": True, "running": servers.is_running(server), "port": server.port}
    if not there["running"]:
        return there
    there |= {"complete": (home() / COMPLETE).exists(), "psql": psql_command(server)}
    return there | describe(server) if there["complete"] else there
