"""A streaming standby: made, followed, promoted with the old primary fenced, and that one taken back as a standby."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tradebase import ENVIRONMENT, Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase.server import Server, as_server_user
from tradebase.stack import parts

# May stream, read the server's files for pg_rewind, and nothing else.
LOGIN = "tradebase_replication"
CONFIGURATIONS = ("primary.conf", "replica.conf")
KEEP = "4GB"
# What pg_rewind asks its source for, of a login that is no superuser.
FOR_REWIND = (
    "pg_ls_dir(text, boolean, boolean)",
    "pg_stat_file(text, boolean)",
    "pg_read_binary_file(text)",
    "pg_read_binary_file(text, bigint, bigint, boolean)",
)


@dataclass(frozen=True)
class Node:
    """One server of the pair, which may be primary or standby."""

    name: str  # its cluster_name, and that of its slot
    server: Server
    address: Mapping[str, object]  # how the other reaches it: host, port, TLS
    password: str = field(repr=False)  # of LOGIN
    configure: Callable[[Server], None] = field(
        repr=False
    )  # writes what else it differs in from initdb's configuration

    @property
    def data(self) -> Path:
        """The data directory."""
        return Path(self.server.data)

    @property
    def is_fenced(self) -> bool:
        """Say whether it would start as a standby, which takes no writes."""
        return (self.data / "standby.signal").exists()

    def connect(self, **options: object) -> psycopg.Connection:
        """Open a connection as the superuser over the socket."""
        return databases.connect(self.server, **options)


@dataclass(frozen=True)
class Loss:
    """What an old primary had that its successor has not: bytes of WAL, and commits in them."""

    size: int
    commits: int

    def __str__(self) -> str:
        """Say it for a person."""
        return f"{self.commits} commits in {self.size} bytes" if self.size else "nothing"


def prepare(primary: Node) -> None:
    """Make a running cluster one that can be followed: the login of standbys, the settings, who may stream."""
    with primary.connect() as admin:
        login = sql.Identifier(LOGIN)
        if not admin.execute("SELECT FROM pg_roles WHERE rolname = %s", [LOGIN]).rowcount:
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN REPLICATION").format(login))
        # What travels, and could be logged, is what is stored of the password.
        stored = admin.pgconn.encrypt_password(primary.password.encode(), LOGIN.encode(), b"scram-sha-256").decode()
        admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(login, sql.Literal(stored)))
        for function in FOR_REWIND:
            admin.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(function), login))
        # How far a standby is behind is told to nobody else; monitoring.read_target() needs it.
        if admin.execute("SELECT FROM pg_roles WHERE rolname = 'tradebase_monitor'").rowcount:
            admin.execute("GRANT pg_read_all_stats TO tradebase_monitor")
    configure(primary, None)
    servers.stop(primary.server)
    servers.start(primary.server)


def configure(node: Node, upstream: Node | None) -> None:
    """Write a node's configuration; as a standby it will follow `upstream`."""
    node.configure(node.server)
    conninfo = escaped(conninfo_to(node, upstream)) if upstream else ""
    values = {"name": node.name, "keep": KEEP, "conninfo": conninfo}
    for name in CONFIGURATIONS:
        parts.render(name, node.data / name, values)
    main = node.data / "postgresql.conf"
    lines = "".join(f"include = '{name}'\n" for name in CONFIGURATIONS)
    if lines not in main.read_text():
        with main.open("a") as out:
            out.write(lines)
    # In pg_hba.conf `all` is every database, and streaming is of none.
    hba = node.data / "pg_hba.conf"
    kind = "hostssl" if "sslmode" in node.address else "host"
    line = f"{kind} replication {LOGIN} 127.0.0.1/32 scram-sha-256\n"
    if line not in hba.read_text():
        hba.write_text(line + hba.read_text())


def escaped(value: str) -> str:
    """Return a value as it stands between quotes in postgresql.conf."""
    return value.replace("'", "''")


def conninfo_to(node: Node, upstream: Node, **more: object) -> str:
    """Return how a node reaches its upstream as LOGIN, by a password file of its own."""
    file = node.data.parent / "replication.pgpass"
    file.touch(mode=0o600)
    file.write_text(f"*:*:*:{LOGIN}:{upstream.password}\n")
    parts.give(file)
    return make_conninfo(**{**upstream.address, "user": LOGIN, "passfile": file, "application_name": node.name}, **more)


def run(node: Node, program: str, *arguments: str) -> str:
    """Run a program of the node's PostgreSQL as the servers' user and return what it printed; REFUSED when it fails."""
    path = Path(node.server.binaries, program)
    if not path.exists():
        raise Problem(f"{program} is not in {path.parent}: install postgresql-client of that version.", ENVIRONMENT)
    ran = subprocess.run(
        [*as_server_user(), str(path), *arguments],
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        said = [line for line in ran.stdout.strip().splitlines() if "error:" in line] or [ran.stdout.strip()]
        raise Problem(f"{program} failed for {node.name}: {said[0]}")
    return ran.stdout


def clone(node: Node, upstream: Node) -> None:
    """Make a standby of a running primary in an empty place, with a slot of its name, which is made anew."""
    servers.lay_out(Path(node.server.home), Path(node.server.binaries), node.server.port)
    if (node.data / "PG_VERSION").exists():
        raise Problem(f"{node.data} holds a cluster: move it away before {node.name} is made anew.")
    with upstream.connect() as admin:
        drop_slot(admin, node.name)
    source = conninfo_to(node, upstream)
    run(
        node, "pg_basebackup", "-D", str(node.data), "-X", "stream", "-c", "fast", "-C", "-S", node.name, "-d", source
    )  # fmt: skip
    fence(node, upstream)


def drop_slot(admin: psycopg.Connection, name: str) -> None:
    """Drop a slot where it is there; REFUSED when somebody streams from it."""
    for (is_active,) in admin.execute(
        "SELECT active FROM pg_replication_slots WHERE slot_name = %s", [name]
    ).fetchall():
        if is_active:
            raise Problem(f"A standby streams from slot {name} already: stop it first.")
        admin.execute("SELECT pg_drop_replication_slot(%s)", [name])


def fence(node: Node, upstream: Node, patience: int = 10) -> None:
    """Stop a node, whatever state it is in, and have it start as a standby of `upstream` and not otherwise."""
    if servers.is_running(node.server):
        # In good order it hands on what the standby has not had. One that hangs does not keep us longer than this.
        servers.run_pg_ctl(node.server, "stop", "-w", "-s", "-m", "fast", "-t", str(patience))
        if servers.is_running(node.server):
            servers.kill(node.server)
    signal_file = node.data / "standby.signal"
    signal_file.touch(mode=0o600)
    parts.give(signal_file)
    configure(node, upstream)


def start(node: Node, others: Iterable[Node]) -> None:
    """Start a node; REFUSED when it would be a second primary."""
    refuse_second_primary(node, others)
    servers.start(node.server)


def refuse_second_primary(node: Node, others: Iterable[Node]) -> None:
    """Raise REFUSED when a node that is not fenced would take writes beside, or instead of, a later primary."""
    if node.is_fenced:
        return
    for other in others:
        if not (other.data / "PG_VERSION").exists() or other.is_fenced:
            continue
        if servers.is_running(other.server):
            raise Problem(
                f"{other.name} is the primary, on timeline {timeline_of(other)}. {node.name} is not fenced and would "
                "be a second: take it back as a standby (rejoin)."
            )
        if timeline_of(other) >= timeline_of(node):
            raise Problem(
                f"{other.name} was a primary too, on timeline {timeline_of(other)}, and {node.name} only got to "
                f"{timeline_of(node)}: start {other.name}, and take {node.name} back as a standby (rejoin)."
            )


def timeline_of(node: Node) -> int:
    """Return the timeline that a node writes, or wrote last."""
    if servers.is_running(node.server):
        with suppress(psycopg.OperationalError), node.connect() as admin:
            found = admin.execute(
                "SELECT CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
            ).fetchone()[0]
            if found:
                return int(found, 16)
    facts = control_data(node)
    return max(int(facts["Latest checkpoint's TimeLineID"]), int(facts["Min recovery ending loc's timeline"]))


def control_data(node: Node) -> dict[str, str]:
    """Return what pg_controldata says of a node."""
    lines = run(node, "pg_controldata", "-D", str(node.data)).splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def primary_of(nodes: Iterable[Node]) -> Node:
    """Return the node that takes writes; REFUSED when none does, or, since somebody promoted one by hand, two do."""
    writing = []
    for node in nodes:
        if servers.is_running(node.server):
            with node.connect() as admin:
                if not admin.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
                    writing.append(node)
    if not writing:
        raise Problem("No server takes writes: start the primary, or promote the standby.")
    if len(writing) > 1:
        told = ", ".join(f"{node.name} on timeline {timeline_of(node)}" for node in writing)
        later = max(writing, key=timeline_of)
        raise Problem(
            f"Two servers take writes: {told}. {later.name} was promoted by hand while the other was not fenced. Stop "
            "the one that clients do not write to at once; what only it has got is lost when it is taken back (rejoin)."
        )
    return writing[0]


def promote(node: Node, old: Node, repoint: Callable[[], None] = lambda: None, patience: int = 10) -> None:
    """Fence the old primary, point clients to the standby, and let it take writes.

    It waits for no standby of its own: name one by synchronize() when it has one again.
    """
    refuse_no_standby(node)
    fence(old, node, patience)
    repoint()
    with node.connect() as admin:
        admin.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        if not admin.execute("SELECT pg_promote(TRUE, 60)").fetchone()[0]:
            raise Problem(f"{node.name} was not promoted within a minute: see {node.server.log}.")
        admin.execute("SELECT pg_reload_conf()")
        # From here on it keeps what the old one will want.
        drop_slot(admin, old.name)
        admin.execute("SELECT pg_create_physical_replication_slot(%s, TRUE)", [old.name])
        # Until then its control file is of the old timeline: for pg_rewind, and core.wait_for_token() of its standbys.
        admin.execute("CHECKPOINT")


def refuse_no_standby(node: Node) -> None:
    """Raise REFUSED when a node cannot be promoted: it does not run, or is no standby any more."""
    if not servers.is_running(node.server):
        raise Problem(f"{node.name} does not run: start it first, and see that it is the one with the most WAL.")
    with node.connect() as admin:
        if not admin.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
            raise Problem(
                f"{node.name} is no standby: somebody has promoted it, to timeline {timeline_of(node)}. "
                "Fence the other one, and take it back as a standby (rejoin)."
            )


def rejoin(old: Node, primary: Node) -> Loss:
    """Take a primary of before back as a standby by pg_rewind, and return what it had that the primary has not."""
    fence(old, primary)
    with primary.connect() as admin:
        if not admin.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", [old.name]).rowcount:
            admin.execute("SELECT pg_create_physical_replication_slot(%s, TRUE)", [old.name])
    # pg_rewind wants a server that was shut down, and would shut it down as a primary. So one that was killed as
    # primary replays what it has as a standby of nobody, out of reach; killed as a standby, it may need its upstream.
    state = control_data(old)["Database cluster state"]
    if not state.startswith("shut down"):
        recovered = start_unreachable(old, alone=state == "in production")
        if recovered.returncode != 0:
            raise Problem(f"{old.name} did not recover ({servers.last_words(old.server)}): see {old.server.log}.")
        servers.stop(old.server)
    lost = loss(old, primary)
    source = conninfo_to(old, primary, dbname="postgres")
    try:
        run(old, "pg_rewind", "-D", str(old.data), "--source-server", source, "--no-ensure-shutdown")
    except Problem:
        # Where it ends just where they part, it finds no record to begin at: then all of it is copied.
        shutil.rmtree(old.data)
        clone(old, primary)
        servers.start(old.server)
        return lost
    # Its configuration is now a copy of the primary's.
    fence(old, primary)
    servers.start(old.server)
    return lost


def start_unreachable(node: Node, alone: bool) -> subprocess.CompletedProcess[str]:
    """Start a fenced node without a port; it answers when it has replayed what it has."""
    options = "-c listen_addresses=''" + (" -c primary_conninfo='' -c primary_slot_name=''" if alone else "")
    return servers.run_pg_ctl(node.server, "start", "-w", "-s", "-t", "60", "-l", node.server.log, "-o", options)


def loss(old: Node, primary: Node) -> Loss:
    """Return what is in the WAL of a fenced, stopped node behind the place where the primary's timeline left it."""
    with primary.connect() as admin:
        forks = [
            (int(timeline), lsn)
            for timeline, lsn in admin.execute(
                r"""
                SELECT h[1], h[2]
                FROM left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline,
                pg_read_file('pg_wal/' || timeline || '.history', 0, 65536, TRUE) AS f,
                regexp_matches(f, '^([0-9]+)\s+([0-9A-F]+/[0-9A-F]+)', 'gn') AS h
                """
            )
        ]
        facts = control_data(old)
        # Of one that stopped as a primary the last it wrote is its checkpoint.
        here = max(facts["Minimum recovery ending location"], facts["Latest checkpoint location"], key=position)
        timeline = timeline_of(old)
        left_at = dict(forks).get(timeline)
        if left_at is None:
            return Loss(0, 0)
        (size,) = admin.execute("SELECT greatest(%s::pg_lsn - %s::pg_lsn, 0)::bigint", [here, left_at]).fetchone()
    if not size:
        return Loss(0, 0)
    commits = run(
        old, "pg_waldump", "-p", str(old.data / "pg_wal"), "-t", str(timeline), "-s", left_at, "-e", here,
        "-r", "Transaction",
    )  # fmt: skip
    return Loss(size, len(re.findall(r"desc: COMMIT\b", commits)))


def position(lsn: str) -> int:
    """Return an LSN as a number."""
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def synchronize(primary: Node, standby: Node | None) -> None:
    """Let commits wait until a standby has them on disk; for None until they are on the primary's."""
    # Quoted: first, say, is a word of that language.
    names = f'ANY 1 ("{standby.name}")' if standby else ""
    with primary.connect() as admin:
        admin.execute(sql.SQL("ALTER SYSTEM SET synchronous_standby_names = {}").format(sql.Literal(names)))
        admin.execute("SELECT pg_reload_conf()")
