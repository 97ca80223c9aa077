"""What a command must not do between its first look and its lock; that it waits is read from the server."""

import time
import uuid

import psycopg
import pytest
from exchange import ACKED, ALICE, BOB, BTC, ETH, Exchange


def test_cancel_all_leaves_what_came_to_a_market_it_has_not_locked(exchange: Exchange) -> None:
    """An order placed elsewhere while it waits stays, and its trade is settled once."""
    exchange.place(ALICE, BTC, "buy", 1, 100)
    exchange.place(ALICE, ACKED, "sell", 100, 1)  # a hold of the same asset, from which a second release would come
    holder, canceler = exchange.session(), exchange.session()
    holder.execute("SELECT trading.lock_market(%s)", [exchange.market(BTC)])
    waiting = exchange.later(lambda: exchange.value("SELECT trading.cancel_all_orders_for(%s)", ALICE, on=canceler))
    exchange.wait_for(canceler, holder)
    came = exchange.place(ALICE, ETH, "sell", 10, 20)
    taker = exchange.place(BOB, ETH, "buy", 10, 20)
    holder.commit()
    assert waiting.answer() == 2
    engine = exchange.session()
    settling = exchange.later(lambda: exchange.settle(ETH, came, taker, 20, 4, on=engine))
    exchange.wait_for(engine, canceler)
    canceler.commit()
    assert settling.answer()[0]["applied"] == 1
    engine.commit()
    state = exchange.owner.execute(
        "SELECT status, filled_quantity FROM trading.orders WHERE id = %s", [came]
    ).fetchone()
    assert state == ("partially_filled", 4)
    assert exchange.violations() == []


def test_an_order_committed_between_two_looks_is_not_taken_unlocked(exchange: Exchange) -> None:
    """Cancelling it by an id known too early answers that it is unknown."""
    placer, owner, canceler = exchange.session(), exchange.session(), exchange.session()
    order = exchange.place(ALICE, BTC, "sell", 10, 100, on=placer)
    leaf = exchange.value(
        """
        SELECT i.inhrelid::regclass::text FROM pg_inherits AS i
        WHERE i.inhparent = 'trading.orders'::regclass AND i.inhrelid <> 'partitions.orders_open'::regclass
        ORDER BY 1 DESC LIMIT 1
        """
    )
    owner.execute(f"LOCK TABLE {leaf} IN ACCESS EXCLUSIVE MODE")
    waiting = exchange.later(
        lambda: exchange.value("SELECT trading.cancel_order_for(%s, %s) ->> 'status'", ALICE, order, on=canceler)
    )
    exchange.wait_for(canceler, owner)
    placer.commit()
    owner.commit()
    assert waiting.answer() == "TR201"
    canceler.rollback()
    assert exchange.value("SELECT trading.cancel_order_for(%s, %s) ->> 'status'", ALICE, order) == "canceled"
    assert exchange.violations() == []


@pytest.mark.parametrize(("taken", "outcome"), [(950, "TR101"), (800, "open")])
def test_a_hold_sees_what_the_other_left(exchange: Exchange, taken: int, outcome: str) -> None:
    """A journal of one line waits for its balance and then looks at the newest version of it."""
    first, second = exchange.session(), exchange.session()
    exchange.place(ALICE, BTC, "buy", taken // 50, 50, on=first)
    waiting = exchange.later(
        lambda: exchange.value(
            "SELECT trading.place_order_for(%s, %s, 'buy', 'limit', 2, 50) #>> '{order,status}'", ALICE, ETH, on=second
        )
    )
    exchange.wait_for(second, first)
    first.commit()
    assert waiting.answer() == outcome
    second.commit()
    assert exchange.violations() == []


def test_a_deposit_that_comes_in_time_lets_the_order_pass(exchange: Exchange) -> None:
    """What was too little at first is enough once the lock is held."""
    depositor, placer = exchange.session(), exchange.session()
    depositor.execute("SELECT portfolio.deposit(%s, 'R1USD', 500, 'in-time')", [ALICE])
    waiting = exchange.later(lambda: exchange.place(ALICE, BTC, "buy", 12, 100, on=placer))
    exchange.wait_for(placer, depositor)
    depositor.commit()
    assert uuid.UUID(waiting.answer())
    placer.commit()
    assert exchange.violations() == []


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot_places_no_order(exchange: Exchange, level: str) -> None:
    """It would not see that the market was halted meanwhile."""
    session = exchange.session()
    session.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
    with pytest.raises(psycopg.errors.InvalidTransactionState):
        exchange.place(ALICE, BTC, "buy", 1, 100, on=session)
    session.rollback()


def test_expiry_says_that_what_was_due_ended_meanwhile(exchange: Exchange) -> None:
    """NULL, not 0: there may be more, in another market."""
    place = "SELECT trading.place_order_for(%s, %s, 'buy', 'limit', 1, 1, 'gtd', expires_at => %s) #>> '{order,id}'"
    soon = exchange.value("SELECT clock_timestamp() + INTERVAL '1 second'")
    first = exchange.value(place, ALICE, BTC, soon)
    exchange.value(place, ALICE, ETH, exchange.value("SELECT %s + INTERVAL '10 milliseconds'", soon))
    while not exchange.value("SELECT clock_timestamp() > %s + INTERVAL '20 milliseconds'", soon):
        time.sleep(0.05)
    canceler, worker = exchange.session(), exchange.session()
    canceler.execute("SELECT trading.cancel_order_for(%s, %s)", [ALICE, first])
    expire = "SELECT trading.expire_orders(clock_timestamp() - INTERVAL '1 microsecond')"
    waiting = exchange.later(lambda: exchange.value(expire, on=worker))
    exchange.wait_for(worker, canceler)
    canceler.commit()
    assert waiting.answer() is None
    worker.commit()
    assert exchange.value(expire) == 1
    assert exchange.value(expire) == 0
    assert exchange.violations() == []
