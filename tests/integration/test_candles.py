"""Candles of random tapes, rolled in random steps, are what Python makes of the same trades; so are they rebuilt."""

import random
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import psycopg
import pytest
from recorded import needs_binance, take_binance

from tradebase import replay as replays

LENGTHS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "1d": timedelta(days=1),
    "1w": timedelta(days=7),
}
MONDAY = datetime(2001, 1, 1, tzinfo=UTC)
FIRST = datetime(2031, 2, 20, tzinfo=UTC)
MARKETS = """
INSERT INTO market.assets (code, name, kind, scale, display_scale)
VALUES ('K1USD', 'Dollar', 'fiat', 10, 2), ('K1BTC', 'Coin', 'crypto', 8, 8);
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size)
SELECT v.symbol, b.id, q.id, 'open', 'external', 0.01, 0.001
FROM
    (VALUES ('K1BTC-K1USD', 'K1BTC', 'K1USD'), ('K1USD-K1BTC', 'K1USD', 'K1BTC')) AS v (symbol, base, quote),
    market.assets AS b, market.assets AS q
WHERE b.code = v.base AND q.code = v.quote;
"""
TELL = """
INSERT INTO trading.trades (
    id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, maker_order_id, taker_order_id
)
SELECT
    (lpad(to_hex((extract(EPOCH FROM t.at) * 1000)::bigint), 12, '0') || '70008'
        || lpad(to_hex(%(market)s::integer), 7, '0') || lpad(to_hex(t.seq), 8, '0'))::uuid,
    t.at, %(market)s::integer, t.seq, t.price, t.quantity, t.price * t.quantity, 'buy', gen_random_uuid(),
    gen_random_uuid()
FROM unnest(%(seqs)s::bigint[], %(ats)s::timestamptz[], %(prices)s::numeric[], %(quantities)s::numeric[])
    AS t (seq, at, price, quantity)
"""
STATE = """
INSERT INTO market.market_state AS s (market_id, last_engine_seq, last_trade_seq) VALUES (%(market)s, %(seq)s, %(seq)s)
ON CONFLICT ON CONSTRAINT market_state_pkey DO UPDATE SET
    last_engine_seq = excluded.last_engine_seq, last_trade_seq = excluded.last_trade_seq
"""
ROLLED = """
SELECT
    h.interval, h.bucket_start, trim_scale(h.open), trim_scale(h.high), trim_scale(h.low), trim_scale(h.close),
    trim_scale(h.base_volume), trim_scale(h.quote_volume), h.trade_count, h.first_seq, h.last_seq, h.closed
FROM market.price_history AS h
WHERE h.market_id = %s AND h.source = 'trades'
"""


@dataclass(frozen=True)
class Trade:
    """A line of the tape."""

    seq: int
    at: datetime
    price: Decimal
    quantity: Decimal


def tape(dice: random.Random, trades: int) -> list[Trade]:
    """Return trades by sequence: bursts, quiet days, bucket edges, and clocks that were set back by up to two weeks."""
    at, made = FIRST, []
    for seq in range(1, trades + 1):
        chance = dice.random()
        at += (
            timedelta(milliseconds=dice.randrange(0, 2000))
            if chance < 0.6
            else timedelta(seconds=dice.randrange(0, 600))
            if chance < 0.97
            else timedelta(minutes=dice.randrange(0, 3000))
        )
        when = at
        if dice.random() < 0.1:
            when = max(FIRST, at - timedelta(seconds=dice.choice([1, 70, 4000, 90_000, 1_200_000])))
        if dice.random() < 0.1:
            # On an edge, or a millisecond before it.
            when = MONDAY + (when - MONDAY) // timedelta(minutes=1) * timedelta(minutes=1)
            when -= timedelta(milliseconds=dice.randrange(2))
        made.append(Trade(seq, when, Decimal(dice.randint(9000, 11000)) / 100, Decimal(dice.randint(1, 5000)) / 1000))
    return made


def expected(trades: list[Trade]) -> set[tuple]:
    """Return the candles of every interval, each straight from its trades."""
    buckets = defaultdict(list)
    for trade in trades:
        for interval, length in LENGTHS.items():
            buckets[interval, MONDAY + (trade.at - MONDAY) // length * length].append(trade)
    newest = max((trade.at for trade in trades), default=MONDAY)
    return {
        (
            interval, start, inside[0].price.normalize(), max(t.price for t in inside).normalize(),
            min(t.price for t in inside).normalize(), inside[-1].price.normalize(),
            sum(t.quantity for t in inside).normalize(), sum(t.price * t.quantity for t in inside).normalize(),
            len(inside), inside[0].seq, inside[-1].seq, start + LENGTHS[interval] <= newest,
        )
        for (interval, start), inside in buckets.items()
    }  # fmt: skip


@pytest.fixture
def owner(database):
    """Yield the owner's connection to a database with two markets, and leaves from 2031-02-01 on."""
    with database.connect() as connection:
        connection.execute(MARKETS)
        connection.execute("SET timezone = 'America/New_York'")
        for table in ("trading.trades", "market.price_history"):
            connection.execute("SELECT ops.ensure_partitions(%s, '2031-02-01', '2031-08-31')", [table])
        yield connection


def market(owner: psycopg.Connection, symbol: str = "K1BTC-K1USD") -> int:
    """Return a market's id."""
    return owner.execute("SELECT id FROM market.markets WHERE symbol = %s", [symbol]).fetchone()[0]


def tell(owner: psycopg.Connection, pair: int, trades: list[Trade]) -> None:
    """Write trades to the tape."""
    columns = {
        "seqs": [t.seq for t in trades],
        "ats": [t.at for t in trades],
        "prices": [t.price for t in trades],
        "quantities": [t.quantity for t in trades],
    }
    owner.execute(TELL, columns | {"market": pair})
    owner.execute(STATE, {"market": pair, "seq": trades[-1].seq})


def rolled(owner: psycopg.Connection, pair: int) -> set[tuple]:
    """Return the candles that are there."""
    return {
        (interval, start.astimezone(UTC), *(value.normalize() for value in row[:6]), *row[6:])
        for interval, start, *row in owner.execute(ROLLED, [pair])
    }


def violations(owner: psycopg.Connection) -> list[tuple]:
    """Return what I19 finds: of the other checks a tape without orders is none."""
    return owner.execute(
        "SELECT bad_count, sample FROM ops.verify_integrity() WHERE check_name LIKE 'I19 %' AND bad_count > 0"
    ).fetchall()


def test_random_tapes(owner, seed: int) -> None:
    """However many trades come between rolls, and are rolled at once, the candles are those of the tape."""
    dice = random.Random(seed)  # noqa: S311
    pair, other = market(owner), market(owner, "K1USD-K1BTC")
    trades, told, done = tape(dice, 1500), 0, 0
    tell(owner, other, [Trade(1, FIRST, Decimal(1), Decimal(1))])
    while done < len(trades):
        if told < len(trades) and dice.random() < 0.5:
            more = dice.choice([1, 2, 5, 50, 300])
            tell(owner, pair, trades[told : told + more])
            told = min(len(trades), told + more)
        upto, most = dice.choice([None, done + dice.randint(0, 100)]), dice.choice([1, 7, 100, 10_000])
        owner.execute("SET ROLE tradebase_worker")
        (moved,) = owner.execute(
            "SELECT market.roll_candles('K1BTC-K1USD', %s::bigint, %s::integer)", [upto, most]
        ).fetchone()
        owner.execute("RESET ROLE")
        assert moved == min(told - done, most, told if upto is None else upto - done)
        done += moved
        if dice.random() < 0.1:
            assert rolled(owner, pair) == expected(trades[:done])
    made = rolled(owner, pair)
    assert made == expected(trades)
    assert len({interval for interval, *_ in made}) == len(LENGTHS)
    assert any(trade.at < before.at - timedelta(days=7) for before, trade in pairwise(trades))
    assert violations(owner) == []
    assert rolled(owner, other) == set()

    # Rebuilt, all of it and any part of it, they are the same; and so they are after somebody was at work on them.
    for _ in range(5):
        first, length = FIRST + timedelta(hours=dice.randrange(2000)), timedelta(seconds=dice.randrange(1, 2_000_000))
        owner.execute("SELECT market.rebuild_candles('K1BTC-K1USD', %s, %s)", [first, first + length])
        assert rolled(owner, pair) == made
    owner.execute("DELETE FROM market.price_history WHERE market_id = %s AND bucket_start::text ~ '[2468]:00'", [pair])
    owner.execute("UPDATE market.price_history SET high = high * 2 WHERE market_id = %s AND interval <> '5m'", [pair])
    assert violations(owner) != []
    owner.execute("SELECT market.rebuild_candles('K1BTC-K1USD', '2031-01-01', '2031-12-31')")
    assert rolled(owner, pair) == made
    assert violations(owner) == []


def test_candles_outlive_their_trades(owner, seed: int) -> None:
    """When a leaf of the tape is gone its candles stay, and I19 compares the rest."""
    dice = random.Random(seed)  # noqa: S311
    pair, trades = market(owner), tape(dice, 800)
    tell(owner, pair, trades)
    assert owner.execute("SELECT market.roll_candles()").fetchone() == (len(trades),)
    made = rolled(owner, pair)
    # The clone's own leaves are of today, long before these.
    for (leaf,) in owner.execute(
        "SELECT leaf::text FROM ops.partition_bounds('trading.trades') WHERE from_at < '2031-03-01 00:00Z'"
    ).fetchall():
        owner.execute(f"ALTER TABLE trading.trades DETACH PARTITION {leaf}")
    assert rolled(owner, pair) == made
    assert violations(owner) == []
    owner.execute(
        "UPDATE market.price_history SET high = high * 2 WHERE market_id = %s AND bucket_start >= '2031-03-01 00:00Z'",
        [pair],
    )
    assert violations(owner) != []


def test_the_chart_of_a_random_tape(owner, seed: int) -> None:
    """Whatever stretch is asked for: every bucket once, with its candle or the close before it."""
    dice = random.Random(seed)  # noqa: S311
    pair, past = market(owner), timedelta(days=365 * 12)
    trades = [Trade(trade.seq, trade.at - past, trade.price, trade.quantity) for trade in tape(dice, 400)]
    owner.execute("SELECT ops.ensure_partitions('trading.trades', '2019-01-01', '2019-12-31')")
    owner.execute("SELECT ops.ensure_partitions('market.price_history', '2019-01-01', '2019-12-31')")
    tell(owner, pair, trades)
    owner.execute("SELECT market.roll_candles()")
    made = sorted(expected(trades))
    owner.execute("SET ROLE anon")
    shown = filled = 0
    for interval, length in LENGTHS.items():
        candles = {row[1]: row for row in made if row[0] == interval}
        for _ in range(6):
            first = min(candles) + dice.randint(-20, 400) * length + timedelta(seconds=dice.choice([0, 0, 1]))
            last = first + dice.randint(1, 300) * length
            start, carried, chart = MONDAY - (MONDAY - first) // length * length, None, []
            carried = next((candles[s][5] for s in sorted(candles, reverse=True) if s < first), None)
            while start < min(last, datetime.now(UTC)):
                if start in candles:
                    carried = candles[start][5]
                    chart.append((start, *(str(value) for value in map(plain, candles[start][2:8])), "trades"))
                elif carried is not None:
                    chart.append((start, *[plain(carried)] * 4, "0", "0", None))
                    filled += 1
                start += length
            rows = owner.execute(
                "SELECT bucket_start, open, high, low, close, base_volume, quote_volume, source "
                "FROM api.get_candles('K1BTC-K1USD', %s, %s, %s)",
                [interval, first, last],
            )
            assert [(row[0].astimezone(UTC), *row[1:]) for row in rows] == chart
            shown += len(chart)
    assert 0 < filled < shown


def plain(value: Decimal) -> str:
    """Return a number without an exponent."""
    return f"{value.normalize():f}"


@needs_binance
def test_recorded_trades_are_rolled_while_they_settle(database, tmp_path) -> None:
    """Real trades of six markets with two workers at their heels: the candles of each are those of its tape."""
    over = threading.Event()

    def roll() -> int:
        moved = 0
        with database.connect() as worker:
            worker.execute("SET ROLE tradebase_worker")
            while True:
                last = over.is_set()
                (more,) = worker.execute("SELECT market.roll_candles(max_trades => 60)").fetchone()
                moved += more
                if last and not more:
                    return moved
                time.sleep(0.02)

    with ThreadPoolExecutor() as workers:
        rolling = [workers.submit(roll) for _ in range(2)]
        try:
            with database.connect() as owner:
                report = replays.replay(owner, take_binance(tmp_path), "binance-trades")
        finally:
            over.set()
        moved = [work.result() for work in rolling]
    assert sum(moved) == report["trades"] > 1000
    with database.connect() as owner:
        tapes = defaultdict(list)
        for pair, *trade in owner.execute(
            "SELECT market_id, seq, executed_at, price, quantity FROM trading.trades ORDER BY market_id, seq"
        ):
            tapes[pair].append(Trade(*trade))
        assert len(tapes) == 6
        assert {pair: rolled(owner, pair) for pair in tapes} == {pair: expected(tape) for pair, tape in tapes.items()}
        assert owner.execute("SELECT * FROM ops.verify_integrity() WHERE bad_count > 0").fetchall() == []
