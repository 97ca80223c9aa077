"""What a movement of money must not decide by what a twin of it has changed meanwhile."""

import psycopg
import pytest
from exchange import ALICE, BOB, Exchange


def service(exchange: Exchange) -> psycopg.Connection:
    """Return a session of a service, whose transaction has begun."""
    session = exchange.session()
    session.execute("SET ROLE service_role")
    return session


MOVES = {
    "deposit": ("api.deposit({user}, 'R1USD', 1000, 'key', 'ref')", "completed"),
    "transfer": ("api.transfer_for({user}, {other}, 'R1USD', 1000, 'key')", "completed"),
    "withdrawal": ("api.request_withdrawal_for({user}, 'R1USD', 1000, 'key')", "pending"),
}


@pytest.mark.parametrize("move", MOVES)
def test_a_twin_that_looked_before_the_first_was_done_is_answered_with_it(exchange: Exchange, move: str) -> None:
    """All that Alice has is moved once; the same request, half way when that commits, is not refused for funds."""
    call, status = MOVES[move]
    request = f"SELECT d - 'replayed', (d -> 'replayed')::boolean FROM {call.format(user='%s', other='%s')} AS d"
    arguments = [ALICE, BOB][: request.count("%s")]
    first, twin, blocker = service(exchange), service(exchange), exchange.session()
    done, replayed = first.execute(request, arguments).fetchone()
    assert (done["status"], replayed) == (status, False)
    # Whoever reads a balance queues behind the blocker, and the blocker behind the first.
    blocking = exchange.later(lambda: blocker.execute("LOCK TABLE portfolio.balances IN ACCESS EXCLUSIVE MODE"))
    exchange.wait_for(blocker, first)
    sending = exchange.later(lambda: twin.execute(request, arguments).fetchone())
    exchange.wait_for(twin, blocker if move == "transfer" else first)
    first.commit()
    blocking.answer()
    blocker.commit()
    assert sending.answer() == (done, True)
    twin.commit()
    assert exchange.violations() == []
