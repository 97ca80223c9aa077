"""The command `tradebase`.

Exit codes: 0 done; 1 something failed or was refused (a test, a load, a deploy, a missed target); 2 the command line is
wrong; 3 the machine lacks something (a package, PostgreSQL 15, rights, disk space, a free port).
"""

import json
import os
import re
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import redis
import typer
from psycopg.conninfo import make_conninfo
from rich.console import Console

from tradebase import ENVIRONMENT, PROJECT, REFUSED, Problem, bench, load
from tradebase import cache as caches
from tradebase import database as databases
from tradebase import glance as glances
from tradebase import maintain as maintenance
from tradebase import pools as pooling
from tradebase import relay as relays
from tradebase import replay as replays
from tradebase import seed as seeds
from tradebase import up as ups
from tradebase.backup import commands as backups
from tradebase.backup import drill as drills
from tradebase.backup import export as exports
from tradebase.backup import live as live_drills
from tradebase.backup.pgbackrest import KINDS, Target
from tradebase.bench import audit as bench_of_audit
from tradebase.bench import exchange as bench_of_exchange
from tradebase.bench import ingest as bench_of_ingest
from tradebase.bench import live as bench_of_live
from tradebase.bench import monitoring as bench_of_monitoring
from tradebase.bench import overhead as bench_of_overhead
from tradebase.bench import restore as bench_of_restore
from tradebase.bench import rls as bench_of_rls
from tradebase.bench import seed as bench_of_seed
from tradebase.stack import commands as stacks
from tradebase.stack import place as places
from tradebase.stack import redis as stack_redis

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tradebase: a trading database, and the servers to try it on.",
)
load_app = typer.Typer(no_args_is_help=True, help="Load a file: plain, .gz or .xz.")
bench_app = typer.Typer(no_args_is_help=True, help="Measure, beside a yardstick on the same machine.")
maintain_app = typer.Typer(invoke_without_command=True)
relay_app = typer.Typer(invoke_without_command=True)
stack_app = typer.Typer(no_args_is_help=True, help="All servers together, encrypted: start, ask, stop.")
backup_app = typer.Typer(no_args_is_help=True, help="Backups of the stack; exports of any database.")
app.add_typer(load_app, name="load")
app.add_typer(maintain_app, name="maintain")
app.add_typer(bench_app, name="bench")
app.add_typer(relay_app, name="relay")
app.add_typer(stack_app, name="stack")
app.add_typer(backup_app, name="backup")
console = Console()
SUBJECTS = [*bench_of_exchange.SUBJECTS, bench_of_exchange.BUFFERS]
READS = [*bench_of_rls.READS]
LAYERS, COMMANDS = [*bench_of_overhead.LAYERS], [*bench_of_overhead.COMMANDS]
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


File = Annotated[Path, typer.Argument(help="The file: plain, .gz or .xz.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def up(
    port: Annotated[int | None, typer.Option(min=1024, max=65535, help="Port; any free one when left out.")] = None,
    instruments: Annotated[
        Path | None, typer.Option(help="Instrument file to load (LEAN's symbol properties).")
    ] = None,
    bars: Annotated[Path | None, typer.Option(help="File of one-minute bars to load.")] = None,
    orders: Annotated[
        Path | None, typer.Option(help="File of order events to replay (bitstamp-l3), its trades beside it.")
    ] = None,
) -> None:
    """Start a cluster of its own, deploy, load real input, fund users, replay order flow, and say what is there."""
    ups.up(console, port, instruments, bars, orders)


@app.command()
def down(
    delete: Annotated[bool, typer.Option("--delete", help="Delete the cluster and its data too.")] = False,
) -> None:
    """Stop the cluster; its data are kept."""
    ups.down(console, delete)


@app.command()
def status(
    dsn: Annotated[
        str | None, typer.Option(help="Ask this database alone, as libpq has it (may be '' for PG… variables).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what runs, what is in it and how it is; exit code 1 when it does not run, or a check is critical."""
    there = {} if dsn is not None else ups.status()
    watched = dict(glances.watched(dsn))
    # Who has only a stack does not miss the cluster of ./scripts/up.
    is_missed = dsn is None and not there["running"] and (there["exists"] or not watched)
    if as_json:
        print(json.dumps(there | {"monitoring": watched}, default=str))
    else:
        if is_missed or there.get("running"):
            say_status(there)
        for name, seen in watched.items():
            console.rule(f"How {name} is", align="left")
            glances.show(console, seen)
    is_critical = any(glances.worst(seen) == "crit" for seen in watched.values())
    raise typer.Exit(REFUSED if is_missed or is_critical else 0)


def say_status(there: dict[str, object]) -> None:
    """Print whether the cluster of ./scripts/up runs, and what is in it."""
    if not there["running"]:
        console.print(f"Tradebase is not running ({there['home']}): start it with ./scripts/up.", soft_wrap=True)
        return
    console.print(f"Tradebase is running on port {there['port']} ({there['home']}).", soft_wrap=True, highlight=False)
    if there["complete"]:
        ups.print_summary(console, there)
    ups.say_where(console, there["psql"])


@app.command(context_settings=PASS_ON)
def psql(context: typer.Context) -> None:
    """Open psql as the owner; whatever else is given goes to psql."""
    server = ups.running()
    env = databases.environment(server, databases.OWNER, ups.DATABASE)
    os.execvpe("psql", ["psql", *context.args], env)  # noqa: S606


@load_app.command("instruments")
def load_instruments(file: File) -> None:
    """Make assets and markets from an instrument file; what cannot be one is counted with its reason."""
    server = ups.running()
    with ups.progress_bars(console) as bars:
        ups.load_file(server, "instruments", existing_file(file), bars)


@load_app.command("bars")
def load_bars(
    file: File,
    max_gap: Annotated[
        str | None, typer.Option(help="Refuse bars that come later than this after the one before: '1 minute'.")
    ] = None,
) -> None:
    """Load one-minute bars; those that are there already stay as they are."""
    server = ups.running()
    with ups.progress_bars(console) as bars:
        ups.load_file(server, "bars", existing_file(file), bars, max_gap=max_gap)


def existing_file(file: Path) -> Path:
    """Return the file; REFUSED when it is not there."""
    if not file.is_file():
        raise Problem(f"File {file} does not exist: give the path of a file to load.")
    return file


@app.command()
def replay(
    file: File,
    form: Annotated[str, typer.Option("--format", help=f"What the file is: {' or '.join(replays.FORMATS)}.")],
    trades: Annotated[
        Path | None, typer.Option(help="The trades of bitstamp-l3; beside the orders when left out.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after this many events.")] = None,
    as_json: Json = False,
) -> None:
    """Replay recorded order flow: a run that was stopped goes on where it was, one that has ended changes nothing."""
    if form not in replays.FORMATS:
        raise typer.BadParameter(f"expected {' or '.join(replays.FORMATS)}", param_hint="--format")
    server = ups.running()
    given = existing_file(trades) if trades else None
    with (
        ups.progress_bars(Console(stderr=True)) as progress,
        databases.connect(server, ups.DATABASE, databases.OWNER) as connection,
    ):
        report = replays.replay(connection, existing_file(file), form, given, limit, progress)
    if as_json:
        print(json.dumps(report))
    else:
        replays.show(console, report)
    raise typer.Exit(REFUSED if report["violated"] else 0)


@app.command()
def seed(
    orders: Annotated[int, typer.Option(min=1, max=100_000_000, help="Orders to make.")] = 100_000,
    users: Annotated[int, typer.Option(min=2, help="Users who place them, the first ones most.")] = 1000,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Days that they are spread over.")] = 30,
    number: Annotated[int, typer.Option("--seed", help="The same number makes the same history.")] = 1,
    open_orders: Annotated[
        int | None, typer.Option("--open", min=0, help="Orders that are still open; one in a hundred when left out.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S"], help="End of history, UTC; now when left out.")
    ] = None,
    database: Annotated[str, typer.Option(help="Database of the running cluster; made when it is not there.")] = "seed",
    as_json: Json = False,
) -> None:
    """Make plausible history in a database without any: users, deposits, orders, trades, and books that add up."""
    server = ups.running()
    given = {"until": until.replace(tzinfo=UTC)} if until else {}
    history = seeds.History(orders, users, days, number, open_orders, **given)
    with ups.progress_bars(Console(stderr=True)) as progress:
        databases.prepare(server, database, test_tools=False)
        ups.deploy(server, progress, database)
        with databases.connect(server, database, databases.OWNER) as connection:
            report = seeds.seed(connection, history, progress)
    if as_json:
        print(json.dumps(report))
    else:
        for line in (
            f"{report['orders']:,} orders made in {report['seconds']:,.1f} s ({report['orders_per_second']:,}/s).",
            f"The same again: tradebase seed --orders {orders} --users {users} --days {days} --seed {number} "
            f"--open {report['open']} --until {report['until'][:19]}",
        ):
            console.print(line, soft_wrap=True, highlight=False)
        ups.say_where(console, ups.psql_command(server, database))


Dsn = Annotated[
    str | None,
    typer.Option(
        help="Where, as libpq has it (may be '' for PG… variables); the cluster of ./scripts/up when left out."
    ),
]


def owners_conninfo(dsn: str | None) -> str:
    """Return where to connect as the owner: as given, else the running cluster."""
    if dsn is not None:
        return dsn
    server = ups.running()
    return make_conninfo(host=server.socket, port=server.port, dbname=ups.DATABASE, user=databases.OWNER)


@maintain_app.callback()
def maintain(
    context: typer.Context,
    export_to: Annotated[
        Path | None, typer.Option(help="Folder for the leaves whose policy is to export them before they are dropped.")
    ] = None,
    every: Annotated[int | None, typer.Option(min=1, help="Do it again after this many seconds, for ever.")] = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Do what is due today: partitions, candles, snapshots, analytics; exit code 1 when something failed."""
    if context.invoked_subcommand:
        return
    if export_to and not export_to.is_dir():
        raise Problem(f"Folder {export_to} does not exist: make it, where there is room for what is exported.")
    if every:
        maintenance.go_on(owners_conninfo(dsn), export_to, every)
    with maintenance.owners_session(owners_conninfo(dsn)) as connection:
        report = maintenance.maintain(connection, export_to)
    if as_json:
        print(json.dumps(report))
    else:
        for line in maintenance.told(report):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(REFUSED if report["failed"] else 0)


@maintain_app.command("reattach")
def maintain_reattach(file: File, dsn: Dsn = None) -> None:
    """Bring a leaf that was exported and dropped back from its file."""
    with maintenance.owners_session(owners_conninfo(dsn)) as connection:
        header = maintenance.reattach(connection, existing_file(file))
    console.print(f"{header['leaf']} is back with {header['rows']:,} rows.", soft_wrap=True, highlight=False)


def port_of(given: str) -> tuple[str, int]:
    """Read NAME=PORT."""
    name, _, port = given.partition("=")
    if name not in stacks.PORTS or not port.isdecimal() or not (port == "0" or 1024 <= int(port) <= 65535):
        raise typer.BadParameter(f"expected {' or '.join(stacks.PORTS)}, =, and a port or 0", param_hint="--port")
    return name, int(port)


@stack_app.command("up")
def stack_up(
    port: Annotated[
        list[str] | None, typer.Option(help="NAME=PORT; may be repeated. What has had one keeps it; 0: any free one.")
    ] = None,
) -> None:
    """Start what does not run of the stack, wait until each part answers, and say where everything is."""
    stacks.up(console, dict(map(port_of, port or [])))


@stack_app.command("down")
def stack_down(
    delete: Annotated[bool, typer.Option("--delete", help="Delete its folder and the data in it too.")] = False,
) -> None:
    """Stop the stack, last started first; its data are kept."""
    stacks.down(console, delete)


@stack_app.command("status")
def stack_status(as_json: Json = False) -> None:
    """Ask each part how it is; exit code 1 when one is down or does not answer."""
    there = stacks.status(places.existing())
    if as_json:
        print(json.dumps(there))
    elif not there["exists"]:
        console.print(f"There is no stack in {there['home']}: start it with tradebase stack up.", soft_wrap=True)
    else:
        stacks.show(console, there)
    raise typer.Exit(0 if there["up"] else REFUSED)


@stack_app.command("promote")
def stack_promote() -> None:
    """Have the standby take over; the primary of now is fenced first, so that there are never two."""
    stacks.promote(console)


@stack_app.command("rejoin")
def stack_rejoin() -> None:
    """Take the primary of before back as a standby (pg_rewind), and say what only it had."""
    stacks.rejoin(console)


@stack_app.command("certificates")
def stack_certificates(
    rotate: Annotated[bool, typer.Option("--rotate", help="Make new keys and certificates of all servers.")] = False,
    authority: Annotated[
        bool, typer.Option("--authority", help="By a new authority; the one before stays in ca.crt beside it.")
    ] = False,
) -> None:
    """Make the certificates that are missing, or all anew; servers that run show the new ones, and no session ends."""
    stacks.renew(console, rotate, authority)


Repository = Annotated[
    int | None, typer.Option(min=1, max=2, help="1, near, or 2, the other region; both when left out.")
]


def chosen(repository: int | None) -> tuple[int, ...]:
    """Return the repositories that are meant."""
    return (repository,) if repository else backups.BOTH


@app.command("drill")
def drill(
    repository: Repository = None,
    of_stack: Annotated[
        bool, typer.Option("--stack", help="Restore what the stack that runs has backed up, beside it.")
    ] = False,
    region: Annotated[
        bool, typer.Option("--region", help="With a standby fed from repository 2 alone, which is promoted.")
    ] = False,
    number: Annotated[int, typer.Option("--seed", help="The same number makes the same workload.")] = 1,
    commands: Annotated[int, typer.Option(min=100, help="Commands of the workload.")] = 1000,
    report: Annotated[
        Path | None,
        typer.Option(
            help="File for what was found; one in the folder of the stack, or of ./scripts/up, when left out."
        ),
    ] = None,
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Destroy a database of its own and restore it, or restore the stack's backups; exit code 1 when a check fails."""
    if of_stack and region:
        raise typer.BadParameter("the stack has no standby there: drill without --stack", param_hint="--region")
    begun, numbers = datetime.now(UTC), chosen(repository)
    if of_stack:
        stack, _ = backups.of_stack()
        results = live_drills.drill_stack(stack, numbers)
    else:
        say = Console(stderr=True, highlight=False).print
        results = drills.drill(bench.real_disk(), numbers, region, number, commands, say)
    file = report or (stack.home if of_stack else ups.home()) / f"drills/{begun:%Y-%m-%dT%H-%M-%SZ}.json"
    told = drills.write_report(file, results)
    if as_json:
        print(json.dumps(told))
    else:
        for line in drills.told(results):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        console.print(f"Report: {file}", soft_wrap=True, highlight=False)
    living = databases.connect(stack.primary, ups.DATABASE) if of_stack and dsn is None else None
    if living is None and (dsn is not None or ups.existing()):
        living = psycopg.connect(owners_conninfo(dsn), autocommit=True)
    if living is None:
        complain("It is in no database's ops.recovery_drills: none runs here, and none was named with --dsn.")
    else:
        with living:
            for result in results:
                drills.record(living, result)
    raise typer.Exit(0 if told["status"] == "succeeded" else REFUSED)


@backup_app.command("run")
def backup_run(
    kind: Annotated[str, typer.Option(help=f"{', '.join(KINDS)}; the first one is full in any case.")] = "diff",
    repository: Repository = None,
) -> None:
    """Make a backup, record it in ops.backups, expire old ones; exit code 1 when one failed."""
    if kind not in KINDS:
        raise typer.BadParameter(f"expected {', '.join(KINDS)}", param_hint="--kind")
    raise typer.Exit(0 if backups.run(console, kind, chosen(repository)) else REFUSED)


@backup_app.command("info")
def backup_info(as_json: Json = False) -> None:
    """Say what is in each repository, and from when on it can be restored."""
    told = backups.info()
    if as_json:
        print(json.dumps(told))
    else:
        backups.show(console, told)


@backup_app.command("verify")
def backup_verify(repository: Repository = None, as_json: Json = False) -> None:
    """Read every file of the repositories and compare it with its checksum; exit code 1 when something is wrong."""
    wrong = backups.verify(chosen(repository))
    if as_json:
        print(json.dumps({str(number): sentences for number, sentences in wrong.items()}))
    else:
        for number, sentences in wrong.items():
            console.print(f"Repository {number}: {len(sentences) or 'nothing'} wrong", highlight=False)
            for sentence in sentences:
                console.print(f"  {sentence}", soft_wrap=True, highlight=False, markup=False)
    raise typer.Exit(REFUSED if any(wrong.values()) else 0)


@backup_app.command("restore")
def backup_restore(
    into: Annotated[Path, typer.Argument(help="A folder that is not there yet, or empty.")],
    repository: Annotated[int, typer.Option(min=1, max=2, help="1, near, or 2, the other region.")] = 1,
    time: Annotated[str | None, typer.Option(help="Up to a time with its zone: '2026-11-30 14:00:00+00'.")] = None,
    lsn: Annotated[str | None, typer.Option(help="Up to a position in the WAL: 0/3000060.")] = None,
    xid: Annotated[str | None, typer.Option(help="Up to a transaction, that one too.")] = None,
    name: Annotated[str | None, typer.Option(help="Up to a mark of pg_create_restore_point().")] = None,
    port: Annotated[int | None, typer.Option(min=1024, max=65535, help="Port; any free one when left out.")] = None,
) -> None:
    """Restore into a fresh folder, as far as there is WAL or up to a target, and leave the copy running apart."""
    targets = [(kind, said) for kind, said in (("time", time), ("lsn", lsn), ("xid", xid), ("name", name)) if said]
    if len(targets) > 1:
        raise typer.BadParameter("one target, not several", param_hint=" / ".join(f"--{kind}" for kind, _ in targets))
    backups.restore(console, into, repository, Target(*(targets[0] if targets else ())), port)


@backup_app.command("expire")
def backup_expire(repository: Repository = None) -> None:
    """Remove what is older than 30 days and not needed to restore day 30."""
    backups.expire(chosen(repository))


@backup_app.command("seal")
def backup_seal(
    every: Annotated[int | None, typer.Option(min=1, help="Do it again after this many seconds, for ever.")] = None,
) -> None:
    """Make the keeper's what has arrived in repository 2, so that who receives cannot take it back."""
    console.print(f"{backups.seal(every)} sealed", highlight=False)


@backup_app.command("export")
def backup_export(
    into: Annotated[Path, typer.Option("--to", help="Folder of the exports, each a folder in it; made where missing.")],
    recipients: Annotated[Path, typer.Option(help="File of age's public keys: whose private keys can read it.")],
    dsn: Dsn = None,
    as_json: Json = False,
) -> None:
    """Dump what is committed now for who has a key, and remove what 30 days no longer need."""
    made = exports.export(superusers_conninfo(dsn), into, recipients)
    if as_json:
        print(json.dumps({"export": str(made.folder), "bytes": made.bytes}))
    else:
        console.print(f"{made.folder}: {made.bytes:,} bytes.", soft_wrap=True, highlight=False)


@backup_app.command("import")
def backup_import(
    folder: Annotated[Path, typer.Argument(help="An export: the folder that tradebase backup export has made.")],
    key: Annotated[Path, typer.Option(help="File of age's private key.")],
    dsn: Annotated[str, typer.Option(help="An empty database, as its owner, as libpq has it.")],
    as_json: Json = False,
) -> None:
    """Bring an export into an empty database, all or nothing, compared row by row; also into a newer PostgreSQL."""
    there = exports.restore(exports.Export(folder.resolve()), key, dsn)
    if as_json:
        print(json.dumps(there))
    else:
        console.print(
            f"{there['rows']:,} rows of {there['tables']} tables are as they were at {there['made_at']}.",
            soft_wrap=True,
            highlight=False,
        )


@backup_app.command("rehearse")
def backup_rehearse(
    folder: Annotated[Path, typer.Argument(help="An export, or the folder of all of them: then the newest.")],
    key: Annotated[Path, typer.Option(help="File of age's private key.")],
    dsn: Annotated[
        str | None, typer.Option(help="Database that keeps on record how it went; none when left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import an export into a cluster that is deleted afterwards; exit code 1 when it does not come back sound."""
    there = exports.rehearse(exports.newest(folder.resolve()), key, dsn)
    if as_json:
        print(json.dumps(there))
    else:
        console.print(
            f"{there['rows']:,} rows of {there['tables']} tables came back in {there['seconds']:.1f} s, as they were "
            f"at {there['made_at']}; {there['checks']} checks found nothing.",
            soft_wrap=True,
            highlight=False,
        )


def superusers_conninfo(dsn: str | None) -> str:
    """Return where to connect as who sees every row: as given, else the superuser of the running cluster."""
    if dsn is not None:
        return dsn
    server = ups.running()
    return make_conninfo(host=server.socket, port=server.port, dbname=ups.DATABASE, user=server.superuser)


@app.command()
def pools(
    pooler: Annotated[
        str, typer.Option(envvar="TRADEBASE_POOLER", help="PgBouncer's console, as libpq has it: dbname=pgbouncer …")
    ],
    every: Annotated[float, typer.Option(min=0.1, help="Seconds from one look to the next.")] = 10,
    dsn: Dsn = None,
) -> None:
    """Keep in the database how PgBouncer's pools are, for ever: who waits, and for how long."""
    pooling.go_on(pooler, owners_conninfo(dsn), every)


Redis = Annotated[
    str | None,
    typer.Option(
        "--redis", envvar="TRADEBASE_REDIS", help="redis:// or rediss:// and where; the stack's when left out."
    ),
]


def redis_of(url: str | None, user: str, **options: object) -> redis.Redis:
    """Return a client of the Redis that is named, else of the stack's as one of its users."""
    usual = {"decode_responses": True, "socket_timeout": 5.0} | options
    if url:
        return redis.Redis.from_url(url, **usual)
    stack = places.existing()
    if stack is None:
        raise Problem("There is no stack here: name a Redis with --redis or in TRADEBASE_REDIS.")
    return stack_redis.client(stack, user, **usual)


def told_to_stop() -> threading.Event:
    """Return what is set when somebody wants this process to end: what it is in the middle of, it finishes."""
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    return over


@relay_app.callback()
def relay(
    context: typer.Context,
    to: Redis = None,
    realtime: Annotated[bool, typer.Option("--realtime", help="Send to Supabase Realtime too.")] = False,
    interval: Annotated[float, typer.Option(min=0.001, max=60, help="Seconds between two looks.")] = relays.INTERVAL,
    dsn: Dsn = None,
) -> None:
    """Carry events from the outbox to Redis streams, and to Realtime, until it is told to stop."""
    context.obj = owners_conninfo(dsn)
    if context.invoked_subcommand:
        return
    channels = [relays.to_redis(redis_of(to, "relay")), *([relays.to_realtime()] if realtime else [])]
    over = told_to_stop()
    relays.relay(context.obj, channels, interval, over.is_set, lambda words: print(words, flush=True))


@relay_app.command("status")
def relay_status(context: typer.Context, as_json: Json = False) -> None:
    """Say how far each consumer of events is and what it waits for; exit code 1 when one fails."""
    rows = relays.status(context.obj)
    if as_json:
        print(json.dumps(rows, default=str))
    else:
        for row in rows:
            waits = f", the oldest for {row['delayed']}" if row["pending"] else ""
            aside = f", {row['undelivered']:,} set aside" if row["undelivered"] else ""
            why = "; ".join(filter(None, (row["problem"], row["last_error"])))
            console.print(
                f"{row['consumer']}: {row['delivered']:,} delivered, {row['pending']:,} waiting{waits}{aside}"
                + (f": {why}" if why else ""),
                soft_wrap=True, highlight=False, markup=False,
            )  # fmt: skip
    raise typer.Exit(REFUSED if any(row["last_error"] for row in rows) else 0)


@app.command()
def watch(
    topic: Annotated[str, typer.Argument(help="market:<symbol>, user:<id>, engine:<symbol>, config or flags.")],
    at: Redis = None,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    from_start: Annotated[bool, typer.Option("--from-start", help="Begin with what is kept.")] = False,
) -> None:
    """Show what happens on a topic as it happens, a line each: JSON where it is not a terminal."""
    over, seen = told_to_stop(), 0
    for update in relays.watch(redis_of(at, "reader"), topic, "0" if from_start else None):
        if update:
            entry_id, entry = update
            payload = json.loads(entry["payload"])
            if console.is_terminal:
                console.print(f"[dim]{entry['at'][11:23]}[/dim] [bold]{entry['event']}[/bold]", payload)
            else:
                print(json.dumps({"id": entry_id, **entry, "payload": payload}), flush=True)
            seen += 1
        if over.is_set() or seen == count:
            return


@app.command()
def cache(
    topic: Annotated[
        str | None,
        typer.Argument(help="Print the answer of market:<symbol>, config or flags, and keep nothing running."),
    ] = None,
    at: Redis = None,
    interval: Annotated[float, typer.Option(min=0.001, max=60, help="Seconds between two looks.")] = relays.INTERVAL,
    dsn: Dsn = None,
) -> None:
    """Keep in Redis what everybody reads, until it is told to stop; or read one topic through it."""
    conninfo = owners_conninfo(dsn)
    if topic is None:
        over, channels = told_to_stop(), [caches.worker(redis_of(at, "cache"))]
        relays.relay(conninfo, channels, interval, over.is_set, lambda words: print(words, flush=True))
        return
    caches.refuse_unknown(topic)
    with psycopg.connect(conninfo, autocommit=True) as session:
        through = caches.Cache(redis_of(at, "cache", socket_timeout=caches.PATIENCE), lambda t: caches.read(session, t))
        print(json.dumps(through.get(topic)))


@bench_app.command("ingest")
def bench_ingest(
    as_json: Json = False,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs, loaded and copied.")] = 5,
    trades: Annotated[int, typer.Option(min=1, help="Trades to load; bars are those of the file.")] = 120_000,
) -> None:
    """Measure loading bars and trades through staging tables against a COPY of the same rows into equal tables."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_ingest.ingest(rounds, trades, progress)
    tell(result, as_json)


@bench_app.command("seed")
def bench_seed(
    as_json: Json = False,
    orders: Annotated[int, typer.Option(min=1)] = 100_000,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Measure making history against an INSERT … SELECT of the same rows into tables without indexes."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_seed.seed(orders, rounds, progress)
    tell(result, as_json)


@bench_app.command("audit")
def bench_audit(
    as_json: Json = False,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs, not audited and audited.")] = 8,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 5,
) -> None:
    """Measure writes to an audited table against the same to an equal one that is not."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_audit.audit(rounds, seconds, progress)
    tell(result, as_json)


@bench_app.command("rls")
def bench_rls(
    as_json: Json = False,
    read: Annotated[
        list[str] | None, typer.Option(help=f"Measure this alone; may be repeated: {', '.join(READS)}.")
    ] = None,
    orders: Annotated[int, typer.Option(min=1000, help="Orders to read from.")] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs, without row level security and with it.")] = 8,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 2,
) -> None:
    """Measure the hot reads under row level security against the same without it."""
    for name in read or []:
        if name not in READS:
            raise typer.BadParameter(f"expected {', '.join(READS)}", param_hint="--read")
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_rls.rls(read or [], orders, rounds, seconds, progress)
    tell(result, as_json)


@bench_app.command("overhead")
def bench_overhead(
    as_json: Json = False,
    layer: Annotated[
        list[str] | None, typer.Option(help=f"Measure this alone; may be repeated: {', '.join(LAYERS)}.")
    ] = None,
    command: Annotated[
        list[str] | None, typer.Option(help=f"Measure it for this alone; may be repeated: {', '.join(COMMANDS)}.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs, without the layer and with it.")] = 8,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 5,
    users: Annotated[int, typer.Option(min=2, help="Users who trade.")] = bench_of_exchange.USERS,
) -> None:
    """Measure what sixty leaves and the integrity triggers add to placing, cancelling and settling."""
    for option, given, known in (("--layer", layer, LAYERS), ("--command", command, COMMANDS)):
        for name in given or []:
            if name not in known:
                raise typer.BadParameter(f"expected {', '.join(known)}", param_hint=option)
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_overhead.overhead(layer or [], command or [], rounds, seconds, users, progress)
    tell(result, as_json)


@bench_app.command("live")
def bench_live(
    as_json: Json = False,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs of each figure that has pairs.")] = 8,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 3,
    minute: Annotated[int, typer.Option(min=4, help="Seconds for which the standby has to keep up.")] = 60,
    users: Annotated[int, typer.Option(min=2, help="Users who trade.")] = bench_of_exchange.USERS,
    clients: Annotated[int, typer.Option(min=8, max=700, help="Clients of the pooler.")] = bench_of_live.MANY,
) -> None:
    """Measure what telling costs an order, how soon it is heard, and the cache, the pooler and the standby."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_live.live(rounds, seconds, minute, users, clients, progress)
    tell(result, as_json)


@bench_app.command("restore")
def bench_restore(
    as_json: Json = False,
    megabytes: Annotated[int, typer.Option(min=10, help="Size of the cluster; 2048 for the figure of s/GB.")] = 400,
    rounds: Annotated[int, typer.Option(min=1, help="Copies, and restores from each repository.")] = 3,
    seconds: Annotated[int, typer.Option(min=1, help="Length of the load while the archive is watched.")] = 60,
) -> None:
    """Measure restoring from each repository against a copy with fsync, and what a lost machine would have lost."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_restore.restore(megabytes, rounds, seconds, progress)
    tell(result, as_json)


@bench_app.command("monitoring")
def bench_monitoring(
    as_json: Json = False,
    rounds: Annotated[int, typer.Option(min=1, help="Slices.")] = 5,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 30,
    every: Annotated[int, typer.Option(min=1, help="Seconds from one question to the next, as Prometheus asks.")] = 15,
    users: Annotated[int, typer.Option(min=2, help="Users who trade.")] = bench_of_exchange.USERS,
) -> None:
    """Measure what the exporter's backends cost a server on which orders are placed."""
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_monitoring.monitoring(rounds, seconds, every, users, progress)
    tell(result, as_json)


@bench_app.command("exchange")
def bench_exchange(
    as_json: Json = False,
    subject: Annotated[
        list[str] | None, typer.Option(help=f"Measure this alone; may be repeated: {', '.join(SUBJECTS)}.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Pairs of slices, yardstick and subject.")] = 10,
    seconds: Annotated[int, typer.Option(min=1, help="Length of a slice.")] = 5,
    scale: Annotated[int, typer.Option(min=1, help="Scale of pgbench's TPC-B.")] = 50,
    users: Annotated[int, typer.Option(min=2, help="Users who trade.")] = bench_of_exchange.USERS,
    chart: Annotated[Path | None, typer.Option(help="Draw the ratios into this SVG file.")] = None,
) -> None:
    """Measure placing, cancelling, settling and depositing against pgbench's TPC-B on the same server."""
    for name in subject or []:
        if name not in SUBJECTS:
            raise typer.BadParameter(f"expected {', '.join(SUBJECTS)}", param_hint="--subject")
    with ups.progress_bars(Console(stderr=True)) as progress:
        result = bench_of_exchange.exchange(subject or [], rounds, seconds, scale, users, progress)
    if chart:
        bench.draw(result, chart)
    tell(result, as_json)


def tell(result: dict[str, object], as_json: bool) -> None:
    """Print what was measured, and end with exit code 1 when a target is missed."""
    if as_json:
        print(json.dumps(result))
    else:
        bench.show(console, result)
    raise typer.Exit(bench.verdict(result))


@app.command("test", context_settings=PASS_ON)
def run_tests(
    context: typer.Context,
    postgres: Annotated[int | None, typer.Option(help="Major version to test on: 15, 16, 17 or 18.")] = None,
) -> None:
    """Run every test, or those of a folder (access, trading …), on a temporary cluster; the rest goes to pytest."""
    os.chdir(PROJECT)
    given = [named(*pair) for pair in zip(["", *context.args], context.args, strict=False)]
    on = [f"--postgres={postgres}"] if postgres else []
    quiet = any(argument.startswith("-q") or argument == "--quiet" for argument in given)
    spread = [] if any(argument.startswith("-n") for argument in given) else ["-n", "2", "--dist", "loadgroup"]
    command = [sys.executable, "-m", "pytest", *spread, *([] if quiet else ["-v"]), *on, *given]
    os.execv(sys.executable, command)  # noqa: S606 (pytest in our place: signals and exit code are its own)


def named(option: str, argument: str) -> str:
    """Return tests/WORD for the bare name of a folder there, anything else (what -k and -m are given) as it is."""
    is_folder = re.fullmatch("[a-z]+", argument) and Path("tests", argument).is_dir()
    return f"tests/{argument}" if is_folder and option not in ("-k", "-m") else argument


def complain(sentence: str) -> None:
    """Print what went wrong on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(sentence, style="red", markup=False)


def main() -> None:
    """Run the command line; what went wrong is one sentence on standard error, and the exit code."""
    try:
        app()
    except Problem as problem:
        complain(str(problem))
        sys.exit(problem.code)
    except psycopg.Error as error:
        complain(f"The database says: {load.plain(error)}")
        sys.exit(REFUSED)
    except PermissionError as error:
        complain(
            f"{error.filename} is not ours to touch: run this as its owner, or set TRADEBASE_HOME to another directory."
        )
        sys.exit(ENVIRONMENT)
    except OSError as error:
        complain(f"{error.filename or 'The system'}: {error.strerror}.")
        sys.exit(ENVIRONMENT)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
