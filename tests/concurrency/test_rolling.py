"""Several sessions roll at once, and settle between: each trade is in the candles once, and nobody who trades waits."""

import threading

import psycopg
from exchange import ALICE, BOB, BTC, ETH, Exchange

ROLL = "SELECT market.roll_candles(%s)"
ROLL_ALL = "SELECT market.roll_candles()"
ROLLS = (
    ROLL_ALL,
    "SELECT market.roll_candles(max_trades => 3)",
    f"SELECT market.roll_candles('{ETH}')",
)
CANDLE = """
SELECT h.open::integer, h.high::integer, h.low::integer, h.close::integer, h.trade_count, h.first_seq, h.last_seq
FROM market.price_history AS h JOIN market.markets AS m ON m.id = h.market_id
WHERE m.symbol = %s AND h.interval = '1w'
"""


class Tape:
    """A market in which one maker and one taker trade on and on."""

    def __init__(self, exchange: Exchange, symbol: str) -> None:
        """Place the two orders."""
        self.exchange, self.symbol, self.seq = exchange, symbol, 0
        self.maker = exchange.place(ALICE, symbol, "buy", 2, 110)
        self.taker = exchange.place(BOB, symbol, "sell", 2, 90)
        exchange.owner.execute("SET timezone = 'UTC'")

    def trade(self, price: int, on: psycopg.Connection | None = None) -> None:
        """Settle the next trade."""
        self.seq += 1
        self.exchange.value(
            "SELECT trading.settle_trades(jsonb_build_array(jsonb_build_object('market', %s::text, 'first_seq', %s, "
            "'events', jsonb_build_array(jsonb_build_object('maker_order_id', %s::text, 'taker_order_id', %s::text, "
            "'price', %s::text, 'quantity', '0.001')))))",
            self.symbol, self.seq, self.maker, self.taker, str(price), on=on,
        )  # fmt: skip

    def week(self) -> list[tuple]:
        """Return the candles of weeks: one, but at midnight before a Monday."""
        return self.exchange.owner.execute(CANDLE, [self.symbol]).fetchall()


def test_two_roll_at_once_and_a_trade_comes_between(exchange: Exchange) -> None:
    """The second waits for the first, sees what it wrote, and adds what was settled meanwhile; nobody settles twice."""
    exchange.lengthen_waits()
    tape = Tape(exchange, BTC)
    tape.trade(100)
    # The watermark is there: who comes first has not just made it.
    assert exchange.value(ROLL, BTC) == 1
    tape.trade(101)
    first, second = exchange.session(), exchange.session()
    assert exchange.value(ROLL, BTC, on=first) == 1
    # A settlement does not wait for who rolls.
    tape.trade(95)
    waiting = exchange.later(lambda: exchange.value(ROLL, BTC, on=second))
    exchange.wait_for(second, first)
    first.commit()
    assert waiting.answer() == 1
    second.commit()
    assert tape.week() == [(100, 101, 95, 95, 3, 1, 3)]
    assert exchange.value(ROLL, BTC) == 0
    assert exchange.violations() == []


def test_who_rolls_all_takes_them_in_order(exchange: Exchange) -> None:
    """Who waits for the first market holds no other: nobody who rolls one after the other meets them crosswise."""
    exchange.lengthen_waits()
    lower, higher = sorted((BTC, ETH), key=exchange.market)
    tapes = [Tape(exchange, lower), Tape(exchange, higher)]
    for tape in tapes:
        tape.trade(100)
    assert exchange.value(ROLL_ALL) == 2
    for tape in tapes:
        tape.trade(101)
    first, second = exchange.session(), exchange.session()
    assert exchange.value(ROLL, lower, on=first) == 1
    waiting = exchange.later(lambda: exchange.value(ROLL_ALL, on=second))
    exchange.wait_for(second, first)
    assert exchange.value(ROLL, higher, on=first) == 1
    first.commit()
    assert waiting.answer() == 0
    second.commit()
    assert [tape.week() for tape in tapes] == [[(100, 101, 100, 101, 2, 1, 2)]] * 2
    assert exchange.violations() == []


def test_who_rolls_in_vain_leaves_it_to_the_next(exchange: Exchange) -> None:
    """What is rolled back was never rolled: who waited does all of it."""
    exchange.lengthen_waits()
    tape = Tape(exchange, BTC)
    tape.trade(100)
    first, second = exchange.session(), exchange.session()
    assert exchange.value(ROLL, BTC, on=first) == 1
    waiting = exchange.later(lambda: exchange.value(ROLL, BTC, on=second))
    exchange.wait_for(second, first)
    first.rollback()
    assert waiting.answer() == 1
    second.commit()
    assert tape.week() == [(100, 100, 100, 100, 1, 1, 1)]
    assert exchange.violations() == []


def test_a_trade_that_is_not_committed_is_not_rolled(exchange: Exchange) -> None:
    """Who rolls while a settlement is under way does not wait for it, and passes nothing over."""
    tape = Tape(exchange, BTC)
    tape.trade(100)
    settling = exchange.session()
    tape.trade(99, on=settling)
    assert exchange.value(ROLL, BTC) == 1
    settling.commit()
    assert exchange.value(ROLL, BTC) == 1
    assert tape.week() == [(100, 100, 99, 99, 2, 1, 2)]
    assert exchange.violations() == []


def test_an_old_snapshot_rolls_nothing_twice(exchange: Exchange) -> None:
    """Who has not seen what another rolled is told to try again."""
    tape = Tape(exchange, BTC)
    tape.trade(100)
    assert exchange.value(ROLL, BTC) == 1
    tape.trade(101)
    old = exchange.session()
    old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    assert exchange.value("SELECT count(*) FROM trading.trades", on=old) == 2
    assert exchange.value(ROLL, BTC) == 1
    refused = exchange.later(lambda: exchange.value(ROLL, BTC, on=old))
    assert refused.answer() == "40001"
    old.rollback()
    assert tape.week() == [(100, 101, 100, 101, 2, 1, 2)]
    assert exchange.violations() == []


def test_a_crowd_rolls_while_two_markets_trade(exchange: Exchange) -> None:
    """Three roll one market or all, two settle: no deadlock, and every trade is in the candles once."""
    exchange.lengthen_waits()
    tapes = [Tape(exchange, BTC), Tape(exchange, ETH)]
    hands = exchange.crew(5)
    traded, failures, rolled = 150, [], [0, 0, 0]
    over = threading.Event()

    def settle(n: int) -> None:
        for step in range(traded):
            tapes[n].trade(90 + (step * 7 + n) % 21, on=hands[n])

    def roll(n: int) -> None:
        while True:
            last = over.is_set()
            moved = exchange.value(ROLLS[n], on=hands[2 + n])
            rolled[n] += moved
            if last and not moved:
                return

    def guarded(work, n: int) -> None:
        try:
            work(n)
        except psycopg.Error as error:
            failures.append(f"{error.sqlstate} {error}")

    settlers = [threading.Thread(target=guarded, args=(settle, n)) for n in range(2)]
    rollers = [threading.Thread(target=guarded, args=(roll, n)) for n in range(3)]
    for thread in (*settlers, *rollers):
        thread.start()
    for thread in settlers:
        thread.join()
    over.set()
    for thread in rollers:
        thread.join()
    assert failures == []
    assert sum(rolled) == 2 * traded
    assert [sum(count for *_, count, _, _ in tape.week()) for tape in tapes] == [traded, traded]
    assert exchange.violations() == []
