"""All orders of the steps of two and three sessions, for each pair of commands that share rows.

An order is right when the answers, and every row that is left, are those of an order in which the sessions follow each
other, with the same commits and rollbacks. Those are among them, so nothing else need be expected; that they say
something themselves, each pair states what its two commands answer in either order.

The steps of two sessions are BEGIN, the command, and its end. BEGIN takes neither a snapshot nor a lock (READ
COMMITTED), so it makes no difference where it stands: of two sessions that is tested, and of three it is one step with
the command. With --full those are played with every choice of COMMIT and ROLLBACK, else with three commits.
"""

from functools import partial
from itertools import count, permutations, product

import pytest
from exchange import Exchange
from pairs import PAIRS, Pair, in_transaction
from schedules import ENDS, Order, Outcome, Play, Plays, all_orders

Ends = tuple[str, ...]


def outcomes(
    exchange: Exchange, pair: Pair, choices: list[Ends], begins_apart: bool = False
) -> dict[tuple[Ends, Order], Outcome]:
    """Return what comes of every order of the pair's steps with these ends: of a serial one, or it fails."""
    exchange.lengthen_waits()
    number, of_all = count(), {}

    def begin(ends: Ends) -> Play:
        steps = [in_transaction(command, end) for command, end in zip(pair.commands, ends, strict=False)]
        if begins_apart:
            steps = [[*command.rsplit("; ", 1), end] for command, end in steps]
        return Play(pair.scene(exchange, next(number)), steps)

    for ends in choices:
        steps_of_one = 3 if begins_apart else 2
        orders = all_orders(*(steps_of_one for _ in ends))
        plays = Plays(len(ends), partial(begin, ends))
        one_by_one = [
            tuple(turn for turn in turns for _ in range(steps_of_one)) for turns in permutations(range(len(ends)))
        ]
        serial = [plays.come_to(order) for order in one_by_one]
        for order in orders:
            of_all[ends, order] = plays.come_to(order)
            print(", ".join(ends), order, of_all[ends, order])
            of_all[ends, order].assert_like(serial)
    assert exchange.violations() == []
    return of_all


@pytest.mark.parametrize("name", PAIRS)
def test_two_sessions_in_every_order(exchange: Exchange, name: str) -> None:
    """Answers and rows are those of a serial order, and BEGIN may stand anywhere before the command."""
    pair = PAIRS[name]
    came = outcomes(exchange, pair, list(product(ENDS, repeat=2)), begins_apart=True)
    assert len(came) == 4 * 20
    commits = ("COMMIT", "COMMIT")
    assert (came[commits, (0, 0, 0, 1, 1, 1)].codes, came[commits, (1, 1, 1, 0, 0, 0)].codes) == pair.serial
    without_begin = {}
    for (ends, _), outcome in came.items():
        core = tuple(turn for n, turn in enumerate(outcome.made) if turn in outcome.made[:n])
        assert without_begin.setdefault((ends, core), outcome.result) == outcome.result, f"BEGIN matters in {outcome}"
    # Where a session waits for the other, an order of its steps comes to another order.
    assert len({(ends, outcome.made) for (ends, _), outcome in came.items()}) == pair.plays


def three_sessions(exchange: Exchange, pair: Pair, choices: list[Ends]) -> None:
    """Play three sessions with these ends."""
    came = outcomes(exchange, pair, choices)
    assert len(came) == 90 * len(choices)
    assert {outcome.codes[2] for outcome in came.values()} == pair.third


@pytest.mark.parametrize("name", PAIRS)
def test_three_sessions_in_every_order(exchange: Exchange, name: str) -> None:
    """Answers and rows are those of a serial order when all three commit."""
    three_sessions(exchange, PAIRS[name], [("COMMIT",) * 3])


@pytest.mark.full
@pytest.mark.parametrize("name", PAIRS)
def test_three_sessions_in_every_order_with_every_end(exchange: Exchange, name: str) -> None:
    """They are when some of them roll back."""
    three_sessions(exchange, PAIRS[name], list(product(ENDS, repeat=3)))
