"""A workload that trades, and outside the cluster a ledger of what was acknowledged, with marks to restore up to."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tradebase import Problem
from tradebase import database as databases
from tradebase.commands import Command, send
from tradebase.crashes import Noted, Notes, promises
from tradebase.server import Server
from tradebase.storm import DOLLAR, USERS, Board, Client

CLIENTS = 3


@dataclass(frozen=True)
class Mark:
    """A moment between two commits of one session, by each name that a recovery can be told of it.

    What was acknowledged before `begun` is older than it, what was sent after `ended` is younger (time.monotonic()).
    """

    name: str
    xid: str
    lsn: str
    time: str
    begun: float
    ended: float

    @property
    def before(self) -> str:
        """The key of the last deposit before the mark."""
        return f"{self.name}:before"

    @property
    def after(self) -> str:
        """The key of the first deposit after it."""
        return f"{self.name}:after"


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: when a command was sent and answered (time.monotonic()), and how."""

    command: Command
    sent: float
    answered: float | None = None
    answer: object = None
    refused: bool = False


@dataclass
class Ledger:
    """A folder with a file for each client, written before a command is sent and when it was answered; and the marks.

    It lies where nothing that destroys the cluster can reach it.
    """

    folder: Path
    marks: list[Mark] = field(default_factory=list)
    older: frozenset[str] = frozenset()  # the names of facts that were there before it began

    def note(self, client: int) -> Notes:
        """Return what writes down what a client does, and when."""
        notes = Notes(self.folder / f"{client}.jsonl")
        return lambda **what: notes(at=time.monotonic(), **what)

    def entries(self) -> Iterator[Entry]:
        """Yield all commands, those of a client in their order."""
        for file in sorted(self.folder.glob("*.jsonl")):
            pending = None
            for line in map(json.loads, file.read_text().splitlines()):
                if "command" in line:
                    if pending:
                        yield pending
                    pending = Entry(Command(**line["command"]), line["at"])
                else:
                    yield Entry(pending.command, pending.sent, line["at"], line.get("answer"), "refused" in line)
                    pending = None
            if pending:
                yield pending

    def upto(self, mark: Mark | None) -> list[Noted]:
        """Return what must be there at a mark (the end for None); without its answer, what may be there."""
        noted = []
        for entry in self.entries():
            if entry.refused or (mark and entry.sent > mark.ended):
                continue
            is_sure = entry.answered is not None and (mark is None or entry.answered < mark.begun)
            # What answers with nothing ends nothing that has a name.
            if not is_sure or entry.answer is not None:
                noted.append(Noted(entry.command, entry.answer if is_sure else None))
        return noted

    def lost(self, there: dict[str, list[str]]) -> list[Entry]:
        """Return what was acknowledged and is not among the facts, the oldest first."""
        acknowledged = [entry for entry in self.entries() if entry.answer is not None and not entry.refused]
        return sorted(
            (entry for entry in acknowledged if promises(Noted(entry.command, entry.answer)).keys() - there.keys()),
            key=lambda entry: entry.answered,
        )


class Workload:
    """Clients who trade until they are told to stop, while somebody sets marks."""

    def __init__(self, server: Server, database: str, ledger: Ledger, seed: int) -> None:
        """Know where; nothing runs yet."""
        self.server, self.database, self.ledger = server, database, ledger
        self.draw = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
        board = Board()
        self.clients = [
            Client(number, seed, board, note=ledger.note(number), may_die=True) for number in range(1, CLIENTS + 1)
        ]
        self.write = ledger.note(0)

    def connect(self) -> psycopg.Connection:
        """Open a connection as the owner, who may become whoever sends."""
        return databases.connect(self.server, self.database, databases.OWNER)

    @property
    def sent(self) -> int:
        """The number of commands that the clients have sent."""
        return sum(client.sent for client in self.clients)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clients send commands meanwhile; Problem when one of them is refused what it should not be."""
        over = threading.Event()
        with ThreadPoolExecutor(len(self.clients)) as threads:
            running = [threads.submit(client.run, self.connect, lambda _: not over.is_set()) for client in self.clients]
            try:
                yield
            finally:
                over.set()
            for thread in running:
                thread.result()
        unexpected = [complaint for client in self.clients for complaint in client.unexpected]
        if unexpected:
            raise Problem(f"The workload was refused what it should not be: {unexpected[0]}")

    def wait_for(self, commands: int) -> None:
        """Wait until the clients have sent so many more; Problem when they do not within a minute."""
        upto, deadline = self.sent + commands, time.monotonic() + 60
        while self.sent < upto:
            if time.monotonic() > deadline:
                raise Problem(f"The workload stands still: {self.sent} commands of {upto} were sent.")
            time.sleep(0.005)

    def deposit(self, session: psycopg.Connection, key: str) -> str:
        """Deposit a dollar under a key, and return the transaction."""
        command = Command(
            "api.deposit",
            {"user_id": self.draw.choice(USERS), "asset": DOLLAR, "amount": "1", "idempotency_key": key},
        )
        self.write(command=command.__dict__)
        with session.transaction():
            answer = send(session, command)
            (xid,) = session.execute("SELECT pg_current_xact_id()::text").fetchone()
        self.write(answer=answer)
        return xid

    def mark(self, name: str, look: Callable[[], object] = lambda: None) -> Mark:
        """Deposit, set a mark, look, and deposit again: of these neighbours a restore has the first, not the second."""
        with self.connect() as session, databases.connect(self.server) as admin:
            begun = time.monotonic()
            xid = self.deposit(session, f"{name}:before")
            lsn, at = admin.execute("SELECT pg_current_wal_insert_lsn()::text, clock_timestamp()::text").fetchone()
            admin.execute("SELECT pg_create_restore_point(%s)", [name])
            ended = time.monotonic()
            look()
            # A timestamp has microseconds, and a commit its own.
            admin.execute("SELECT pg_sleep(0.001)")
            self.deposit(session, f"{name}:after")
        self.ledger.marks.append(Mark(name, xid, lsn, at, begun, ended))
        return self.ledger.marks[-1]
