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
    said = f"{call.format(user='%s', other='%s')} AS d"
    request = f"SELECT d - '{{replayed,write_token}}'::text[], (d -> 'replayed')::boolean FROM {said}"
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


def test_an_operator_waits_for_nobody_whose_money_moves(exchange: Exchange) -> None:
    """A user's row changes beside their deposit, and a deposit comes in beside a change: no lock of the two meets."""
    service_at_work, operator = service(exchange), exchange.session()
    operator.execute("SET ROLE tradebase_operator")
    service_at_work.execute("SELECT api.deposit(%s, 'R1USD', 1, 'first')", [ALICE])
    operator.execute("SELECT identity.set_fee_tier(%s, 'standard')", [ALICE])
    service_at_work.commit()
    service_at_work.execute("SELECT api.deposit(%s, 'R1USD', 1, 'second')", [ALICE])
    service_at_work.commit()
    operator.commit()
    assert exchange.violations() == []


def test_who_is_suspended_while_their_withdrawal_waits_keeps_it(exchange: Exchange) -> None:
    """What was asked for just before stays held: it is not sent, and can be given back."""
    holder, asking = exchange.session(), service(exchange)
    holder.execute("SELECT FROM portfolio.balances WHERE user_id = %s FOR UPDATE", [ALICE])
    ask = "SELECT api.request_withdrawal_for(%s, 'R1USD', 1000, 'key') ->> 'id'"
    waiting = exchange.later(lambda: exchange.value(ask, ALICE, on=asking))
    exchange.wait_for(asking, holder)
    exchange.owner.execute("UPDATE identity.users SET status = 'suspended' WHERE id = %s", [ALICE])
    holder.commit()
    withdrawal = waiting.answer()
    asking.commit()
    with pytest.raises(psycopg.Error) as refused:
        asking.execute("SELECT api.send_withdrawal(%s)", [withdrawal])
    assert refused.value.sqlstate == "TR008"
    asking.rollback()
    cancel = "SELECT api.cancel_withdrawal_for(%s, %s) ->> 'status'"
    assert exchange.value(cancel, ALICE, withdrawal, on=asking) == "canceled"
    asking.commit()
    assert exchange.violations() == []
