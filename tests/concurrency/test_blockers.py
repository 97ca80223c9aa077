"""Each pair of commands behind a session that holds one lock, of each class; in both orders, and however it lets go.

The two queue up while the lock is held, and who waits for it is read from the server. What comes of them is what comes
of one after the other, as in test_interleavings.py: who holds the lock leaves nothing behind.
"""

from itertools import count, permutations, product
from typing import NamedTuple

import pytest
from exchange import Exchange
from pairs import PAIRS, Pair, Scene, in_transaction
from schedules import ENDS, Play, Plays, all_orders


class Lock(NamedTuple):
    """How a lock is taken, and what is undone before COMMIT."""

    take: str
    undo: str = "SELECT"


LOCKS = {
    "client key": Lock(
        """
        INSERT INTO trading.client_orders (user_id, client_order_id, order_id, request_hash)
        VALUES (%(a)s, 'key', %(buy)s, decode(repeat('00', 32), 'hex'))
        """,
        "DELETE FROM trading.client_orders WHERE user_id = %(a)s AND client_order_id = 'key'",
    ),
    "transfer key": Lock(
        """
        INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at)
        SELECT i.id, %(a)s, a.id, 'withdrawal', 'pending', 1, 'key', core.uuid7_time(i.id)
        FROM (SELECT core.uuid7() AS id OFFSET 0) AS i, market.assets AS a
        WHERE a.code = 'R1USD'
        """,
        "DELETE FROM portfolio.transfers WHERE user_id = %(a)s AND idempotency_key = 'key'",
    ),
    "market": Lock("SELECT trading.lock_market(m.id) FROM market.markets AS m WHERE m.symbol = %(btc)s"),
    "balance": Lock(
        """
        SELECT FROM portfolio.balances
        WHERE user_id = %(a)s AND asset_id = (SELECT a.id FROM market.assets AS a WHERE a.code = 'R1USD')
        FOR NO KEY UPDATE
        """
    ),
    "order": Lock("SELECT FROM partitions.orders_open WHERE id = %(buy)s FOR UPDATE"),
}
COMMANDS, HOLDER = (0, 1), 2


def new_play(scene: Scene, pair: Pair, *of_holder: str) -> Play:
    """Return a play of two sessions, each with a command and a commit to make, and one that holds something."""
    return Play(scene, [*(in_transaction(command, "COMMIT") for command in pair.commands[:2]), list(of_holder)])


def queue_up(exchange: Exchange, pair: Pair, number: int, lock: str, queue: tuple[int, int], end: str) -> Play:
    """Let both commands come while the lock is held, see who waits, and let it go."""
    take, undo = LOCKS[lock]
    play = new_play(pair.scene(exchange, number), pair, f"BEGIN; {take}", f"{undo}; {end}")
    play.step(HOLDER)
    for place, turn in enumerate(queue):
        play.step(turn)
        waits, touches = play.waiting().get(turn, set()), pair.waits.get(lock, (False, False))[turn]
        seen = f"{lock} is held, {queue} come: {turn} waits for {waits}"
        if place == 0:
            assert waits == ({HOLDER} if touches else set()), seen
        elif touches:
            assert waits, seen
        else:
            # It may wait for the one before it, which waits for the lock.
            assert HOLDER not in waits, seen
    play.step(HOLDER)
    return play


@pytest.mark.parametrize("name", PAIRS)
def test_two_commands_behind_a_lock(exchange: Exchange, name: str) -> None:
    """They wait where they touch it, nowhere else, and end as in a serial order."""
    exchange.lengthen_waits()
    pair, number, orders = PAIRS[name], count(), 0
    alone = Plays(2, lambda: new_play(pair.scene(exchange, next(number)), pair))
    serial = [alone.come_to((0, 0, 1, 1)), alone.come_to((1, 1, 0, 0))]
    for lock, queue, end in product(LOCKS, permutations(COMMANDS), ENDS):
        plays = Plays(2, lambda *how: queue_up(exchange, pair, next(number), *how), lock, queue, end)
        for order in all_orders(1, 1):
            outcome = plays.come_to(order)
            orders += 1
            print(f"{lock} held until {end}, then ends of {order}", outcome)
            outcome.assert_like(serial)
    assert orders == 5 * 2 * 2 * 2
    assert exchange.violations() == []
