"""Where a stack is: its folder, its ports, its passwords; and what the stack wants to know of each of its members."""

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from redis import RedisError
from rich.progress import Progress

from tradebase import ENVIRONMENT, Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase import up as ups
from tradebase.stack import parts
from tradebase.stack.parts import Part

LONGEST = 60  # characters of the folder: a Unix socket's path ends at 107
# What says that a member does not answer; anything else is a mistake of ours.
NO_ANSWER = (psycopg.Error, RedisError, httpx.HTTPError, OSError, Problem)


@dataclass
class Stack:
    """A stack's folder, and by name the port of each server, and how often each member was started since it is up."""

    home: Path
    ports: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)

    @property
    def certificates(self) -> Path:
        """The folder of the authority and of each server's certificate."""
        return self.home / "certificates"

    @property
    def authority(self) -> Path:
        """What clients verify servers with."""
        return self.certificates / "ca.crt"

    @property
    def leader(self) -> str:
        """Which of the two clusters takes writes: the one that is not fenced as a standby."""
        return "replica" if (self.home / "primary/cluster/data/standby.signal").exists() else "primary"

    @property
    def primary(self) -> servers.Server:
        """The cluster that is written to."""
        return self.cluster(self.leader)

    def cluster(self, name: str) -> servers.Server:
        """Return one of the two clusters; its binaries are those it was made with."""
        home = self.home / name
        version = home / "cluster/data/PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        return servers.Server(str(home), str(servers.installed_binaries(major)), self.ports.get(name, 0))

    def password_file(self, login: str) -> Path:
        """Return the file that holds a login's password and nothing else, made at random the first time."""
        file = self.home / "passwords" / login
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            new = file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(secrets.token_urlsafe(24))
            new.replace(file)
        return file

    def password(self, login: str) -> str:
        """Return a login's password."""
        return self.password_file(login).read_text()

    def pass_file(self, login: str) -> Path:
        """Return a login's password as libpq reads it, for us alone."""
        file = self.password_file(login).with_suffix(".pgpass")
        if not file.exists():
            file.touch(mode=0o600)
            file.write_text(f"*:*:*:{login}:{self.password(login)}\n")
        return file

    def conninfo(self, login: str, server: str | None = None, **options: object) -> str:
        """Return how a login reaches the server that takes writes, another or the pooler, verified and encrypted."""
        return make_conninfo(
            **{
                "host": "localhost",
                "port": self.ports[server or self.leader],
                "dbname": ups.DATABASE,
                "user": login,
                "passfile": self.pass_file(login),
                "sslmode": "verify-full",
                "sslrootcert": self.authority,
                "ssl_min_protocol_version": "TLSv1.3",
                "connect_timeout": 10,
            }
            | options
        )

    def save(self) -> None:
        """Remember the ports, and who was started how often."""
        new = self.home / "state.new"
        new.write_text(json.dumps({"ports": self.ports, "starts": self.starts}, indent=1))
        new.replace(self.home / "state.json")


@dataclass(frozen=True)
class Member:
    """What a stack starts, asks, reloads and stops as one: a server, or a command of tradebase's that goes on."""

    name: str
    log: Path
    need: Callable[[], object]  # ENVIRONMENT when the machine lacks its program
    start: Callable[[Progress], None]  # changes nothing where it runs; ends when it answers
    stop: Callable[[], None]
    pid: Callable[[], int | None]
    ask: Callable[[], str]  # what it says of itself in a few words; one of NO_ANSWER when it does not answer
    ports: tuple[str, ...] = ()
    socket: Path | None = None
    certificate: str | None = None  # the name of what it shows
    reload: Callable[[], None] | None = None  # has it read its certificate again
    shown: Callable[[], int] | None = None  # the serial number that a new connection is shown


def home() -> Path:
    """Return the folder of the stack."""
    return ups.home() / "stack"


def existing(folder: Path | None = None) -> Stack | None:
    """Return the stack in a folder, home() if not named, running or not; None where none was ever started."""
    folder = folder or home()
    try:
        known = json.loads((folder / "state.json").read_text())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise Problem(
            f"{folder} belongs to another user: set TRADEBASE_HOME to a directory of your own.", ENVIRONMENT
        ) from None
    return Stack(folder, known["ports"], known["starts"])


def prepare() -> Stack:
    """Return the stack in home(), whose folder is made where there is none; ENVIRONMENT when its name is too long."""
    folder = home()
    if len(str(folder)) > LONGEST:
        raise Problem(
            f"{folder} is too long for the sockets in it: set TRADEBASE_HOME to a directory with a shorter name.",
            ENVIRONMENT,
        )
    return existing() or Stack(folder)


def choose_ports(stack: Stack, names: list[str], wanted: dict[str, int]) -> None:
    """Give each server its port: the wanted one, else the one it had, else a free one; 0 is any free one."""
    for name, port in wanted.items():
        if name not in names:
            raise Problem(f"There is no {name} to give a port to: {', '.join(names)}.", ENVIRONMENT)
        stack.ports[name] = port
    for name in names:
        while not stack.ports.get(name):
            port = servers.free_port()
            if port not in stack.ports.values():
                stack.ports[name] = port


def refuse_taken_port(name: str, port: int) -> None:
    """Raise ENVIRONMENT, with the name of the server, when somebody listens on the port that it is to have."""
    if not servers.is_free(port):
        raise Problem(
            f"Port {port} of {name} is taken by another process: choose another with --port {name}=NUMBER, "
            f"or any free one with --port {name}=0.",
            ENVIRONMENT,
        )


def found(program: str) -> str:
    """Return where a program is; its bare name when it is not on the PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") or program


def needed(program: str, package: str) -> Callable[[], None]:
    """Return what refuses, with ENVIRONMENT, a machine without a program."""

    def need() -> None:
        if found(program) == program:
            raise Problem(
                f"{program} is not installed: run ./scripts/up as root, or install the package {package}.", ENVIRONMENT
            )

    return need


def answers(ask: Callable[[], str]) -> bool:
    """Say whether a member answers."""
    try:
        ask()
    except NO_ANSWER:
        return False
    return True


def member_of(
    part: Part, ask: Callable[[], str], need: Callable[[], object], configure: Callable[[], None], **more: object
) -> Member:
    """Return a part as a member of a stack: configured before each start, started when it answers."""

    def start(_: Progress) -> None:
        if parts.pid_of(part) is None:
            configure()
            parts.start(part, lambda: answers(ask), seconds=60)

    return Member(part.name, part.log, need, start, lambda: parts.stop(part), lambda: parts.pid_of(part), ask, **more)


def give_passwords(stack: Stack, logins: tuple[str, ...]) -> None:
    """Give each login of the database its password; what travels, and could be logged, is what is stored of it."""
    with databases.connect(stack.primary) as admin:
        for login in logins:
            stored = admin.pgconn.encrypt_password(stack.password(login).encode(), login.encode(), b"scram-sha-256")
            admin.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(stored.decode()))
            )
