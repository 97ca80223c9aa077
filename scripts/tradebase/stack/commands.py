"""`tradebase stack`: all servers and what goes on beside them, started, asked, stopped; and their certificates."""

import shutil
import signal
import time
from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from tradebase import Problem
from tradebase import database as databases
from tradebase import up as ups
from tradebase.stack import backup, certificates, haproxy, monitoring, place, pooling, postgresql, redis, workers
from tradebase.stack.place import NO_ANSWER, Member, Stack

# In the order in which they are started; they are stopped the other way round.
MEMBERS: tuple[Callable[[Stack], Member], ...] = (
    backup.receiver,
    backup.beside,
    postgresql.primary,
    postgresql.standby,
    pooling.member,
    redis.member,
    haproxy.people,
    haproxy.services,
    haproxy.member,
    workers.relaying,
    workers.caching,
    workers.maintenance,
    backup.keeper,
    workers.sampling,
    # Always: a server that nobody watches is none that we would hand on, and all of it starts in a second.
    *monitoring.MEMBERS,
)
WIDTH = 135  # of the table
# Ports, by the name that --port and the state file have for them.
PORTS = ("primary", "replica", "pgbouncer", "redis", *haproxy.DOORS, *backup.PORTS, *monitoring.PORTS)
# What goes on as it is when the other cluster takes over.
STAY = ("primary", "replica", "pgbouncer", "redis", "haproxy", *monitoring.PORTS)


def members(stack: Stack) -> list[Member]:
    """Return what a stack consists of, in the order in which it is started."""
    return [member(stack) for member in MEMBERS]


def up(console: Console, ports: dict[str, int]) -> None:
    """Start what does not run, in order, each when the one before it answers; a start that fails is undone."""
    # A terminated start stops what it has begun, as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = place.prepare()
    with ups.only_one(place.home()):
        begun = time.monotonic()
        if ports:
            refuse_moving(stack, ports)
        place.choose_ports(stack, list(PORTS), ports)
        certificates.make(stack.certificates, certificate_names(stack))
        parts = members(stack)
        before = {part.name: part.pid() for part in parts}
        missing = [part for part in parts if before[part.name] is None]
        for part in missing:
            part.need()
            for name in part.ports:
                place.refuse_taken_port(name, stack.ports[name])
        if len(missing) == len(parts):
            stack.starts = {}
        stack.save()
        try:
            with ups.progress_bars(console) as bars:
                for part in parts:
                    part.start(bars)
                    if part.pid() != before[part.name]:
                        stack.starts[part.name] = stack.starts.get(part.name, 0) + 1
                        console.print(f"Started {part.name}", highlight=False)
        except BaseException:
            for part in reversed(parts):
                if part.pid() not in (None, before[part.name]):
                    part.stop()
            raise
        stack.save()
    if not missing:
        console.print("The stack is running; nothing was changed.")
    elif len(missing) < len(parts):
        console.print(f"The rest was running: only {', '.join(part.name for part in missing)} was started.")
    there = status(stack)
    show(console, there)
    console.print(f"Up after {time.monotonic() - begun:.0f} s. Look for yourself:", highlight=False)
    for line in invitations(stack):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def refuse_moving(stack: Stack, ports: dict[str, int]) -> None:
    """Raise REFUSED when a server that runs is to have another port."""
    moved = {name for name, port in ports.items() if stack.ports.get(name) not in (None, port)}
    if moved and any(part.pid() for part in members(stack) if moved & set(part.ports)):
        raise Problem("A server that runs keeps its port: run tradebase stack down first.")


def down(console: Console, delete: bool) -> None:
    """Stop everything, last started first; data stay unless told otherwise."""
    stack = place.existing()
    if stack is None:
        console.print("The stack was never started here; nothing was changed.")
        return
    with ups.only_one(place.home()):
        running = [part for part in reversed(members(stack)) if part.pid() is not None]
        for part in running:
            part.stop()
            console.print(f"Stopped {part.name}", highlight=False)
        if delete:
            shutil.rmtree(place.home())
            console.print(f"{place.home()} is deleted.", soft_wrap=True, highlight=False)
        elif not running:
            console.print("The stack is not running; nothing was changed.")
        else:
            console.print("The stack is stopped; its data are kept.")


def status(stack: Stack | None) -> dict[str, object]:
    """Return how each member is: it was really asked."""
    if stack is None:
        return {"home": str(place.home()), "exists": False, "up": False, "parts": []}
    parts = [how(stack, part) for part in members(stack)]
    is_up = all(part["state"] == "up" for part in parts)
    return {"home": str(stack.home), "exists": True, "up": is_up, "parts": parts}


def how(stack: Stack, part: Member) -> dict[str, object]:
    """Return how a member is: up, down, or it runs and does not answer."""
    pid, says = part.pid(), ""
    state = "down" if pid is None else "up"
    if pid is not None:
        try:
            says = part.ask()
        except NO_ANSWER as why:
            state, says = "silent", str(why).strip().splitlines()[0] if str(why) else type(why).__name__
    return {
        "name": part.name,
        "state": state,
        "pid": pid,
        "ports": [stack.ports[name] for name in part.ports],
        "socket": str(part.socket) if part.socket else None,
        "restarts": max(stack.starts.get(part.name, 1) - 1, 0),
        "says": says,
        "log": str(part.log),
    }


def show(console: Console, there: dict[str, object]) -> None:
    """Print a table of the members, paths from the stack's folder on."""
    table = Table(box=None, pad_edge=False)
    for title in ("", "state", "port or socket", "pid", "restarts", "says", "log"):
        table.add_column(title, overflow="fold")
    for part in there["parts"]:
        colour = "green" if part["state"] == "up" else "red"
        socket, log = (str(part[name] or "").removeprefix(f"{there['home']}/") for name in ("socket", "log"))
        table.add_row(
            part["name"],
            f"[{colour}]{part['state']}[/{colour}]",
            " ".join(map(str, part["ports"])) or socket,
            str(part["pid"] or ""),
            str(part["restarts"]),
            part["says"],
            log,
        )
    console.print(f"In {there['home']}:", soft_wrap=True, highlight=False)
    # A terminal that is narrower wraps whole lines, which reads better than columns of a few letters.
    Console(width=max(console.width, WIDTH)).print(table, highlight=False)


def invitations(stack: Stack) -> list[str]:
    """Return a line to copy for each way in; passwords are read from their files and seen by nobody."""
    authority, ports = stack.authority, stack.ports
    return [
        f'psql "{stack.conninfo(databases.OWNER)}"',
        f"curl --cacert {authority} 'https://localhost:{ports['people']}{haproxy.QUESTION}'",
        f"curl --cacert {authority} 'https://localhost:{ports['prometheus']}/api/v1/alerts'",
        f"REDISCLI_AUTH=$(cat {stack.password_file('redis-reader')}) "
        f"redis-cli --tls --cacert {authority} -h localhost -p {ports['redis']} --user reader ping",
    ]


def certificate_names(stack: Stack) -> list[str]:
    """Return the names of the certificates that members show."""
    return [*dict.fromkeys(part.certificate for part in members(stack) if part.certificate)]


def renew(console: Console, rotate: bool, authority: bool) -> None:
    """Make what certificates are missing, or all of them anew, and see that each server shows the new one."""
    stack = place.prepare()
    with ups.only_one(place.home()):
        place.choose_ports(stack, list(PORTS), {})
        names = certificate_names(stack)
        if rotate or authority:
            certificates.rotate(stack.certificates, names, authority)
        else:
            certificates.make(stack.certificates, names)
        for part in members(stack):
            if part.certificate is None:
                continue
            serial, ends = certificates.serial_of(stack.certificates, part.certificate)
            reads = "" if part.pid() is None else ", shown by its server"
            if part.pid() is not None:
                try:
                    part.reload()
                    wait_until_shown(part, serial)
                except NO_ANSWER as why:
                    raise Problem(f"{part.name} does not show its certificate ({why}): see {part.log}.") from None
            console.print(
                f"{part.certificate}: {serial:x}, good until {ends:%Y-%m-%d}{reads}", soft_wrap=True, highlight=False
            )


def wait_until_shown(part: Member, serial: int, seconds: float = 10) -> None:
    """Wait until a server shows its new certificate to who comes now; Problem when it goes on with the old one."""
    deadline = time.monotonic() + seconds
    while (now := part.shown()) != serial:
        if time.monotonic() > deadline:
            raise Problem(f"it goes on showing {now:x}")
        time.sleep(0.05)


def promote(console: Console) -> None:
    """Have the standby take over: the old primary is fenced, the pooler points to the new one, the rest comes again."""
    stack = place.existing()
    if stack is None:
        raise Problem("There is no stack here: start one with tradebase stack up.")
    with ups.only_one(place.home()):
        new = postgresql.promote(stack, lambda leader: pooling.move(stack, leader))
        console.print(f"{new} takes writes now.")
        # What knew the old one by its socket or its port begins again.
        with ups.progress_bars(console) as bars:
            for part in members(stack):
                if part.pid() is not None and part.name not in STAY:
                    part.stop()
                    part.start(bars)
        console.print("The old one is stopped and starts as a standby only: take it back with tradebase stack rejoin.")


def rejoin(console: Console) -> None:
    """Take the cluster that was the primary back as a standby."""
    stack = place.existing()
    if stack is None:
        raise Problem("There is no stack here: start one with tradebase stack up.")
    with ups.only_one(place.home()):
        lost = postgresql.rejoin(stack)
        console.print(f"It follows {stack.leader}. What only it had: {lost}.", highlight=False)
