"""All orders of the steps of two and three sessions, for each pair of commands that share rows.

A schedule is right when its answers, and every row that is left, are those of a schedule in which the sessions follow
each other, with the same commits and rollbacks. Those are among the schedules, so nothing else need be expected; that
they say something themselves, each pair states what its two commands answer in either order.

The steps of two sessions are BEGIN, the command, and its end. BEGIN takes neither a snapshot nor a lock (READ
COMMITTED), so it makes no difference where it stands: of two sessions that is tested, and of three it is one step with
the command. With --full those are played with every choice of COMMIT and ROLLBACK, else with three commits.
"""

from itertools import count, permutations, product

import pytest
from exchange import Exchange
from pairs import PAIRS, Pair, codes, in_transaction
from schedules import ENDS, Play, Result, assert_among, explore

# Ends, and the sessions in the order of their steps.
Schedule = tuple[tuple[str, ...], tuple[int, ...]]


def play(
    exchange: Exchange, pair: Pair, choices: list[tuple[str, ...]], begins_apart: bool = False
) -> dict[Schedule, tuple[tuple[str, ...], Result]]:
    """Play all schedules of the pair with these ends; return of each the codes, and everything that came of it."""
    exchange.lengthen_waits()
    came, number = {}, count()

    def begin(ends: tuple[str, ...]) -> Play:
        steps = [in_transaction(command, end) for command, end in zip(pair.commands, ends, strict=False)]
        if begins_apart:
            steps = [[*command.rsplit("; ", 1), end] for command, end in steps]
        return Play(pair.scene(exchange, next(number)), steps)

    for ends in choices:
        for played in explore(begin, ends):
            answers = codes(played.answers(len(ends)))
            # Printed when the test fails. A scene's users begin with its number: what is violated can be traced.
            print(f"scene {played.scene.number:x}: {', '.join(ends)}; steps of {played.order}; {answers}")
            came[ends, tuple(played.order)] = answers, played.result(len(ends))
    assert exchange.violations() == []
    return came


def assert_serial(came: dict[Schedule, tuple[tuple[str, ...], Result]]) -> None:
    """Fail for a schedule that came to what no serial order of the same ends comes to."""
    for (ends, order), (answers, result) in came.items():
        about = f"{', '.join(ends)}; steps of {order}; {answers}"
        assert not {"40P01", "55P03"} & set(answers), about
        steps_each = len(order) // len(ends)
        serial = {
            came[ends, tuple(turn for turn in one_by_one for _ in range(steps_each))][1]
            for one_by_one in permutations(range(len(ends)))
        }
        assert_among(result, serial, about)


@pytest.mark.parametrize("name", PAIRS)
def test_two_sessions_in_every_order(exchange: Exchange, name: str) -> None:
    """Answers and rows are those of a serial order, and BEGIN may stand anywhere before the command."""
    pair = PAIRS[name]
    came = play(exchange, pair, list(product(ENDS, repeat=2)), begins_apart=True)
    commits = ("COMMIT", "COMMIT")
    serial = came[commits, (0, 0, 0, 1, 1, 1)][0], came[commits, (1, 1, 1, 0, 0, 0)][0]
    assert serial == pair.serial
    assert_serial(came)
    by_command = {}
    for (ends, order), (_, result) in came.items():
        begun, core = set(), []
        for turn in order:
            if turn in begun:
                core.append(turn)
            begun.add(turn)
        assert by_command.setdefault((ends, tuple(core)), result) == result, f"BEGIN matters in {order}"
    assert len(came) == pair.schedules[0]


def three_sessions(exchange: Exchange, pair: Pair, choices: list[tuple[str, ...]]) -> int:
    """Play three sessions with these ends, and return how many schedules there were."""
    came = play(exchange, pair, choices)
    assert_serial(came)
    assert {answers[2] for answers, _ in came.values()} == pair.third
    return len(came)


@pytest.mark.parametrize("name", PAIRS)
def test_three_sessions_in_every_order(exchange: Exchange, name: str) -> None:
    """Answers and rows are those of a serial order when all three commit."""
    assert three_sessions(exchange, PAIRS[name], [("COMMIT",) * 3]) == PAIRS[name].schedules[1]


@pytest.mark.full
@pytest.mark.parametrize("name", PAIRS)
def test_three_sessions_in_every_order_with_every_end(exchange: Exchange, name: str) -> None:
    """They are when some of them roll back."""
    assert three_sessions(exchange, PAIRS[name], list(product(ENDS, repeat=3))) == PAIRS[name].schedules[2]
