"""Schedules: the steps of several sessions in every order."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

import psycopg
import pytest
from exchange import Waiting
from pairs import Scene, codes

ENDS = ("COMMIT", "ROLLBACK")
# The sessions in the order of their steps.
Order = tuple[int, ...]
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
    """Run a step and return the one value that its last statement answers, if it answers one, but for its token."""
    cursor = psycopg.ClientCursor(session).execute(query, names)
    while cursor.nextset():
        pass
    answer = cursor.fetchone()[0] if cursor.description else None
    for said in answer if isinstance(answer, list) else [answer]:
        if isinstance(said, dict):
            said.pop("write_token", None)
    return answer


def at_rest(waiting: dict[int, set[int]], sessions: int) -> set[int]:
    """Return who will not move: who has nothing to do, and who waits for one of those. Not two that wait in a ring."""
    still = set(range(sessions)) - set(waiting)
    while more := {n for n, others in waiting.items() if n not in still and others & still}:
        still |= more
    return still


@dataclass(frozen=True)
class Outcome:
    """What came of a play: the steps as they were made, the codes of the commands, and all there is."""

    scene: int
    made: Order
    codes: tuple[str, ...]
    result: Result

    def assert_like(self, serial: "list[Outcome]") -> None:
        """Fail, with what is different, unless a serial order came to the same."""
        assert not {"40P01", "55P03"} & set(self.codes), self
        results = {other.result for other in serial}
        assert self.result in results, f"{self}: no serial order comes to " + "\nnor to ".join(
            f"{sorted(self.result - other)} instead of {sorted(other - self.result)}" for other in results
        )

    def __str__(self) -> str:
        """Return what is needed to play it again; a scene's users begin with its number."""
        return f"scene {self.scene:x}, steps of {self.made}: {self.codes}"


def all_orders(*steps: int) -> list[Order]:
    """Return every order of so many steps of each session."""
    if not any(steps):
        return [()]
    return [
        (turn, *rest)
        for turn, many in enumerate(steps)
        if many
        for rest in all_orders(*(many - (n == turn) for n, many in enumerate(steps)))
    ]


def next_turn(wanted: list[int], waiting: Collection[int]) -> int:
    """Take out of an order the first step that can be made: a session that waits makes none."""
    turn = next(turn for turn in wanted if turn not in waiting)
    wanted.remove(turn)
    return turn


class Plays:
    """What comes of some steps in each order: an order is played, or known to come to the steps of one that was.

    The step of a session that waits is made as soon as it can be, and the others go on meanwhile, so several orders
    come to the same steps. Who waited when is remembered. Whom the server wakes first when it wakes two is not ours to
    say: which orders come to the same may depend on it, and nothing else.
    """

    def __init__(self, commands: int, begin: Callable[..., Play], *how: object) -> None:
        """Take how many sessions, the first ones, have a command and an end; begin(*how) returns a new play."""
        self.commands, self.begin, self.how = commands, begin, how
        self.waited: dict[Order, frozenset[int]] = {}
        self.came: dict[Order, Outcome] = {}

    def come_to(self, order: Order) -> Outcome:
        """Return what comes of an order."""
        return self.came.get(self.foreseen(order)) or self.played(order)

    def foreseen(self, order: Order) -> Order | None:
        """Return the steps that an order comes to, if that is known."""
        wanted, made = list(order), ()
        while wanted:
            if made not in self.waited:
                return None
            made = (*made, next_turn(wanted, self.waited[made]))
        return made

    def played(self, order: Order) -> Outcome:
        """Play an order."""
        play, wanted, made = self.begin(*self.how), list(order), ()
        while wanted:
            waiting = frozenset(n for n, step in enumerate(play.under_way) if step)
            self.waited.setdefault(made, waiting)
            made = (*made, next_turn(wanted, waiting))
            play.step(made[-1])
        answers = [told[-2] for told in play.told[: self.commands]]
        result = frozenset([play.scene.without_names(*answers), *play.scene.state()])
        self.came[made] = Outcome(play.scene.number, tuple(play.order), codes(answers), result)
        return self.came[made]
