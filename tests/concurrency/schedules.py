"""Schedules: the steps of several sessions in every order that the server allows, each played once."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from exchange import Waiting
from pairs import Scene

ENDS = ("COMMIT", "ROLLBACK")
# What the commands answered, and every row that is there.
Result = frozenset[str]


class Play:
    """Sessions with the steps that are left of each; a step that must wait is left to wait, and the others go on."""

    def __init__(self, scene: Scene, steps: list[list[str]]) -> None:
        """Take the steps of each session as queries, in which the names of the scene stand."""
        self.scene, self.exchange = scene, scene.exchange
        self.sessions = self.exchange.crew(len(steps))
        self.left = [list(of_one) for of_one in steps]
        self.under_way: list[Waiting | None] = [None for _ in steps]
        self.told: list[list[object]] = [[] for _ in steps]
        self.order: list[int] = []

    def answers(self, sessions: int) -> list[object]:
        """Return what the first sessions' commands answered: their last steps but one."""
        return [told[-2] for told in self.told[:sessions]]

    def result(self, sessions: int) -> Result:
        """Return all that came of it: what the first sessions' commands answered, and the rows that are there now."""
        return frozenset([self.scene.without_names(*self.answers(sessions)), *self.scene.state()])

    def ready(self) -> list[int]:
        """Return the sessions that have a step to make and do not wait."""
        return [n for n, steps in enumerate(self.left) if steps and not self.under_way[n]]

    def step(self, turn: int) -> None:
        """Make the next step of a session, and return when nobody moves any more."""
        session, query = self.sessions[turn], self.left[turn].pop(0)
        self.order.append(turn)
        self.under_way[turn] = self.exchange.later(lambda: answer_of(session, query, self.scene.names))
        self.under_way[turn].is_over(0.01)
        self.come_to_rest()

    def waiting(self) -> dict[int, set[int]]:
        """Return who waits, and for which sessions of ours."""
        pids = [session.info.backend_pid for session in self.sessions]
        running = [n for n, step in enumerate(self.under_way) if step and not step.is_over()]
        blockers = self.exchange.blockers(*(self.sessions[n] for n in running))
        return {n: {pids.index(pid) for pid in blockers[pids[n]] if pid in pids} for n in running}

    def come_to_rest(self) -> None:
        """Return when every step has ended or waits for a session that will not move by itself."""
        before, end = None, time.monotonic() + 60
        while time.monotonic() < end:
            waiting = self.waiting()
            for n, step in enumerate(self.under_way):
                if step and step.is_over():
                    self.told[n].append(step.answer())
                    self.under_way[n] = None
                    before = None
            # Two looks that agree: between the blockers of one and of the next a look is not one moment.
            if all(n in at_rest(waiting, len(self.sessions)) for n in waiting) and (waiting == before or not waiting):
                return
            before = waiting
        pytest.fail(f"sessions neither end nor wait: {self.waiting()} after the steps {self.order}")


def answer_of(session: psycopg.Connection, query: str, names: dict[str, object]) -> object:
    """Run a step and return the one value that its last statement answers, if it answers one."""
    cursor = psycopg.ClientCursor(session).execute(query, names)
    while cursor.nextset():
        pass
    return cursor.fetchone()[0] if cursor.description else None


def at_rest(waiting: dict[int, set[int]], sessions: int) -> set[int]:
    """Return who will not move: who has nothing to do, and who waits for one of those. Not two that wait in a ring."""
    still = set(range(sessions)) - set(waiting)
    while more := {n for n, others in waiting.items() if n not in still and others & still}:
        still |= more
    return still


def assert_among(result: Result, serial: set[Result], about: str) -> None:
    """Fail, with what is different, when a result is that of no serial order."""
    assert result in serial, f"{about}: no serial order comes to " + "\nnor to ".join(
        f"{sorted(result - other)} instead of {sorted(other - result)}" for other in serial
    )


def explore(begin: Callable[..., Play], *how: object) -> Iterator[Play]:
    """Yield every play that the steps allow, ended, each order once; begin(*how) returns a new one.

    A step of a session that waits cannot be made; the schedule that would make it is the one that makes it later. So
    at each point only who is ready goes on: the first at once, the others in plays of their own that begin alike.
    """
    beginnings: list[list[int]] = [[]]
    while beginnings:
        beginning, play = beginnings.pop(), begin(*how)
        begun = len(play.order)
        for turn in beginning:
            play.step(turn)
        while ready := play.ready():
            beginnings += [[*play.order[begun:], turn] for turn in ready[1:]]
            play.step(ready[0])
        yield play
