"""The exchange's commands, beside pgbench's own TPC-B on the same server."""

import math
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress

from tradebase import Problem, bench
from tradebase import database as databases
from tradebase.bench import DATABASE, buffers, conditions_of, pgbench, ratio, spread
from tradebase.bench.pgbench import Slice
from tradebase.server import GIB, Server

YARDSTICK = "tpcb"
CLIENTS = 8
USERS = 1000
ROLE = "service_role"
ATTEMPTS = 6  # to make a supply that lasts for a slice
# The log of a measurement between two checkpoints, so that none of them falls into a slice.
SETTINGS = {"max_wal_size": "8GB", "checkpoint_timeout": "1h"}
ROOM = 20 * GIB  # bytes: the yardstick, a clone of the exchange, and the log of both


@dataclass(frozen=True)
class Subject:
    """A command to measure: its script, the markets it is spread over, and what one command counts as."""

    name: str
    script: str
    unit: str
    markets: int = 8
    size: int = 1
    target: float | None = None  # units per transaction of the yardstick
    by_default: bool = True

    @property
    def has_supply(self) -> bool:
        """Say whether its commands need something that was made before."""
        return self.script in ("place_batch", "cancel", "settle")

    @property
    def slots(self) -> int:
        """The number of queues that clients take their commands from: one market's trades are one sequence."""
        return self.markets if self.script == "settle" else CLIENTS


SUBJECTS = {
    subject.name: subject
    for subject in (
        Subject("place-over-1", "place", "orders/s", markets=1),
        Subject("place-over-8", "place", "orders/s", target=0.8),
        Subject("place-100-over-8", "place_batch", "orders/s", size=100, target=3),
        Subject("cancel-over-8", "cancel", "orders/s"),
        Subject("settle-1-over-1", "settle", "trades/s", markets=1),
        Subject("settle-10-over-1", "settle", "trades/s", markets=1, size=10),
        Subject("settle-100-over-1", "settle", "trades/s", markets=1, size=100),
        Subject("settle-1-over-8", "settle", "trades/s", target=0.4),
        Subject("settle-10-over-8", "settle", "trades/s", size=10),
        Subject("settle-100-over-8", "settle", "trades/s", size=100, target=3),
        Subject("settle-1000-over-8", "settle", "trades/s", size=1000, by_default=False),
        Subject("deposit", "deposit", "deposits/s"),
    )
}


BUFFERS = "buffers"  # not timed: pages per order, see tradebase.bench.buffers
CLOSED, OPEN = (1_000, 1_000_000), (10, 10_000)


def exchange(
    names: list[str], rounds: int, seconds: float, scale: int, users: int, progress: Progress
) -> dict[str, object]:
    """Measure subjects beside TPC-B of a scale, in slices of so many seconds, `rounds` pairs each."""
    timed = (
        [name for name in names if name != BUFFERS] if names else [n for n, one in SUBJECTS.items() if one.by_default]
    )
    subjects = [SUBJECTS[name] for name in timed]
    task = progress.add_task("Bench exchange", total=(len(subjects) + 1) * (rounds + 1), note="deploying")
    with bench.deployed(ROOM if scale > 1 else GIB, SETTINGS) as server:
        fsync = pgbench.fsync_rates(server)
        progress.console.print(
            "pg_test_fsync: " + ", ".join(f"{method} {rate:,.0f}/s" for method, rate in fsync.items()), highlight=False
        )
        grown = buffers.growth(server, DATABASE, CLOSED, OPEN, 200, progress) if BUFFERS in (names or [BUFFERS]) else []
        progress.update(task, note="filling")
        prepare_yardstick(server, scale)
        prepare(server, DATABASE, users)
        figures, yardsticks = [], []

        def advance(name: str, one: Slice, size: int) -> None:
            progress.update(task, advance=1, note=f"{name} {one.rate * size:,.0f}/s")

        for subject in (None, *subjects):
            with ExitStack() as stack:
                clone = subject and stack.enter_context(
                    databases.temporary_clone(server, DATABASE, f"bench_{subject.script}")
                )
                runner = Runner(server, clone, subject, seconds, users)
                pairs = runner.pairs(rounds, advance)
                if clone:
                    refuse_violations(server, clone, subject)
            yardsticks += [first for first, _ in pairs]
            figures.append(figure(subject, pairs))
        with databases.connect(server, DATABASE) as admin:
            conditions = conditions_of(admin) | {
                "clients": CLIENTS,
                "users": users,
                "rounds": rounds,
                "seconds": seconds,
                "rows": scale * 100_000,
                "protocol": "prepared",
                "role": ROLE,
                "pg_test_fsync": fsync,
                "cpu": "all of the server: backends, and what writes and vacuums behind them",
            }
    return {
        "bench": "exchange",
        "conditions": conditions,
        "yardstick": {
            "name": f"a transaction of pgbench's TPC-B at scale {scale}",
            "rate": spread([one.rate for one in yardsticks], "transactions/s") | pgbench.told(yardsticks),
        },
        "figures": [*figures[1:], *grown, figures[0]],
    }


def refuse_violations(server: Server, clone: str, subject: Subject) -> None:
    """Raise when the books that a subject leaves do not add up: its rate would be worth nothing."""
    with databases.connect(server, clone) as admin:
        violated = admin.execute("SELECT check_name FROM ops.verify_integrity() WHERE bad_count > 0").fetchall()
    if violated:
        raise Problem(f"{subject.name} left books that violate {', '.join(name for (name,) in violated)}.")


def prepare_yardstick(server: Server, scale: int) -> None:
    """Make the yardstick's database."""
    with databases.connect(server) as admin:
        admin.execute(f"CREATE DATABASE {YARDSTICK} OWNER {databases.OWNER}")
    made = subprocess.run(
        [pgbench.program("pgbench"), "--initialize", "--quiet", f"--scale={scale}"],
        env=databases.environment(server, databases.OWNER, YARDSTICK),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise Problem(f"pgbench could not make its tables: {made.stderr.strip()}")


def prepare(server: Server, database: str, users: int, markets: int = 8) -> None:
    """Make in a database of ours the markets, the users and what makes supplies."""
    with databases.connect(server, database, databases.OWNER) as owner:
        owner.execute(Path(__file__).with_suffix(".sql").read_text())
        owner.execute("SELECT setseed(0.5)")
        owner.execute("CALL bench.prepare(%s, %s)", [users, markets])
    with databases.connect(server, database) as admin:
        admin.execute("VACUUM ANALYZE")


class Runner:
    """Slices of one subject and of the yardstick; without a subject of the yardstick alone."""

    def __init__(self, server: Server, clone: str | None, subject: Subject | None, seconds: float, users: int) -> None:
        """Keep what a slice needs; the first guess of a supply is what no subject reaches."""
        self.server, self.clone, self.subject = server, clone, subject
        self.seconds, self.users = seconds, users
        self.fastest, self.slices = 0.0, 0

    def yardstick(self) -> Slice:
        """Run a slice of TPC-B."""
        # pgbench takes the scale from the tables for its own scripts.
        return pgbench.run(self.server, YARDSTICK, "tpcb-like", CLIENTS, self.seconds)

    def slice(self) -> Slice:
        """Run a slice of the subject, with a supply that lasts for all of it."""
        if not self.subject:
            return self.yardstick()
        variables = {"users": self.users, "markets": self.subject.markets, "slots": self.subject.slots, "n": 0}
        for _ in range(ATTEMPTS):
            if self.subject.has_supply:
                self.fill()
            self.slices += 1
            ran = pgbench.run(
                self.server,
                self.clone,
                self.subject.script,
                CLIENTS,
                self.seconds,
                ROLE,
                variables | {"slice": self.slices},
            )
            if ran:
                self.fastest = max(self.fastest, ran.rate)
                return ran
            self.fastest *= 2
        raise Problem(f"The supply of {self.subject.name} ran out {ATTEMPTS} times.")

    def fill(self) -> None:
        """Top the supply up to half as much again as the fastest slice so far would take."""
        slots = self.subject.slots
        need = math.ceil(self.fastest * self.seconds * 1.5 / slots)
        with databases.connect(self.server, self.clone, databases.OWNER) as owner:
            left = owner.execute("SELECT bench.left_over(%s)", [slots]).fetchone()[0]
            if left < need:
                owner.execute(
                    f"CALL bench.supply_{self.subject.script}(%s, %s, %s)", [slots, need - left, self.subject.size]
                )
                owner.execute("ANALYZE bench.supply")

    def pairs(self, rounds: int, advance) -> list[tuple[Slice, Slice]]:
        """Return pairs of slices, yardstick and subject, after a checkpoint and a pair that warms up."""
        with databases.connect(self.server) as admin:
            admin.execute("CHECKPOINT")
        found = []
        for _ in range(rounds + 1):
            first = self.yardstick()
            self.fastest = self.fastest or first.rate * 2 / (self.subject.size if self.subject else 1)
            found.append((first, self.slice()))
            advance(self.subject.name if self.subject else "yardstick", found[-1][1], self.size)
        return found[1:]

    @property
    def size(self) -> int:
        """How many units a command is."""
        return self.subject.size if self.subject else 1


def figure(subject: Subject | None, pairs: list[tuple[Slice, Slice]]) -> dict[str, object]:
    """Return a subject's rate, its ratio to the yardstick pair by pair, and what its commands cost."""
    ours = [second for _, second in pairs]
    size = subject.size if subject else 1
    return (
        {"name": subject.name if subject else "yardstick against itself"}
        | spread([one.rate * size for one in ours], subject.unit if subject else "transactions/s")
        | ratio([second.rate * size / first.rate for first, second in pairs], subject and subject.target)
        | pgbench.told(ours)
    )
