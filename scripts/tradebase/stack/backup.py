"""Backups in the stack: pgBackRest's two servers, and what makes the keeper's what has arrived in repository 2."""

import sys
from pathlib import Path

from rich.progress import Progress

from tradebase import Problem
from tradebase import server as servers
from tradebase.backup import pgbackrest
from tradebase.backup.pgbackrest import Repositories
from tradebase.stack import parts
from tradebase.stack.parts import Part
from tradebase.stack.place import Member, Stack

# Of pgBackRest's server beside the database, and of the one of the other region, by the name that --port has for them.
PORTS = {"backup": "database", "receiver": "receiver"}
SEAL_EVERY = 5  # seconds in which what has arrived can still be taken back by who receives


def repositories(stack: Stack) -> Repositories:
    """Return the repositories of a stack."""
    return Repositories(stack.home / "backup")


def lay_out(stack: Stack) -> Repositories:
    """Make what is missing of the repositories, and render their configurations for the cluster that takes writes."""
    made = repositories(stack)
    made.lay_out({whose: stack.ports[name] for name, whose in PORTS.items()})
    made.configure(stack.primary)
    return made


def server(stack: Stack, name: str) -> Member:
    """Return one of the two servers of pgBackRest."""
    made, whose = repositories(stack), PORTS[name]
    part = made.part(whose)

    def start(_: Progress) -> None:
        if parts.pid_of(part) is None:
            lay_out(stack)
            parts.start(part, lambda: pgbackrest.answers(made, whose))

    return Member(
        name, part.log, pgbackrest.needed, start, lambda: parts.stop(part), lambda: parts.pid_of(part),
        lambda: made.ping(whose), ports=(name,),
    )  # fmt: skip


def receiver(stack: Stack) -> Member:
    """Return what takes WAL into repository 2."""
    return server(stack, "receiver")


def beside(stack: Stack) -> Member:
    """Return the server beside the database, through which repository 2's keeper fetches backups."""
    return server(stack, "backup")


def keeper(stack: Stack) -> Member:
    """Return what seals repository 2; before it begins, the cluster is made to archive to both."""
    made = repositories(stack)
    program = str(Path(sys.executable).parent / "tradebase")
    part = Part(
        "keeper", stack.home / "keeper", (program, "backup", "seal", "--every", str(SEAL_EVERY)),
        (("TRADEBASE_HOME", str(stack.home.parent)),), is_ours=True,
    )  # fmt: skip

    def start(_: Progress) -> None:
        if parts.pid_of(part) is None:
            lay_out(stack)
            made.create(stack.primary)
            parts.start(part, lambda: True)

    def ask() -> str:
        ends = {number: made.newest_segment(number) for number in (1, 2)}
        if None in ends.values():
            raise Problem("no WAL has arrived yet.")
        backups = {number: len(made.backups(number)) for number in (1, 2)}
        return f"{backups[1]} and {backups[2]} backups, WAL up to {ends[1][8:]} and {ends[2][8:]}"

    return Member(
        "keeper", part.log, pgbackrest.needed, start, lambda: parts.stop(part), lambda: parts.pid_of(part), ask
    )


def connect(stack: Stack, cluster: servers.Server) -> None:
    """Have a cluster's configuration say where it archives, once the repositories are there."""
    repositories(stack).connect(cluster)
