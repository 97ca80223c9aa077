"""A small set of instruments and bars and a small recording, made up, for a machine that has no real ones."""

import random
from collections.abc import Iterator

from tradebase.replay import bitstamp

INSTRUMENTS = """\
market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,market_ticker,minimum_order_size
# Made up by tradebase.
coinbase,BTCUSD,crypto,BTC-USD,USD,1,0.01,0.00000001,BTC-USD,0.0001
coinbase,ETHUSD,crypto,ETH-USD,USD,1,0.01,0.00000001,ETH-USD,0.001
coinbase,ETHBTC,crypto,ETH-BTC,BTC,1,0.00001,0.00000001,ETH-BTC,0.001
oanda,EURUSD,forex,EUR-USD,USD,1,0.00001,1,EUR_USD,
binance,BTCUSDT,cryptofuture,BTCUSDT,USDT,1,0.1,0.001,BTCUSDT,5
cme,ES,future,E-mini S&P 500 Futures,USD,50,0.25,1,,1
"""
HEADER = "venue,symbol,asset_class,ts_utc,open,high,low,close,volume,price_kind"
FIRST = 1767225600  # 2026-01-01 00:00 UTC
MINUTES = 600
STEPS = 500  # of the recording: an order, a cancel or a trade


def instruments() -> Iterator[bytes]:
    """Yield an instrument file: five markets, and one line that cannot be one."""
    yield INSTRUMENTS.encode()


def bars(minutes: int = MINUTES) -> Iterator[bytes]:
    """Yield a file of one-minute bars of two markets, the same in every run."""
    walk = random.Random(1)  # noqa: S311 (a price, not a secret)
    yield f"{HEADER}\n".encode()
    for venue, symbol, asset_class, start, decimals in (
        ("coinbase", "BTCUSD", "crypto", 9_000_000, 2),
        ("oanda", "EURUSD", "forex", 110_000, 5),
    ):
        last = start
        for minute in range(minutes):
            steps = [last + walk.randint(-50, 50) for _ in range(4)]
            kind = "bid" if asset_class == "forex" else "trade"
            prices = (last, max(last, *steps), min(last, *steps), steps[-1])
            volume = "" if kind == "bid" else f"{walk.randint(1, 10**8) / 10**8:.8f}"
            shown = ",".join(f"{ticks // 10**decimals}.{ticks % 10**decimals:0{decimals}}" for ticks in prices)
            yield f"{venue},{symbol},{asset_class},{FIRST + 60 * minute},{shown},{volume},{kind}\n".encode()
            last = steps[-1]


def recording(steps: int = STEPS) -> tuple[str, str]:
    """Return Bitstamp's two files, orders and trades, of a book that is quoted, cancelled and traded with."""
    walk = random.Random(1)  # noqa: S311 (an order, not a secret)
    orders, trades = [",".join(bitstamp.ORDER_COLUMNS)], [",".join(bitstamp.TRADE_COLUMNS)]
    resting: dict[int, list[int]] = {}  # direction (1 bid, -1 ask), ticks, lots
    number, at, middle = 1000, FIRST * 1000, 6_000_000

    def tell(order: int, action: str, direction: int, ticks: int, lots: int) -> None:
        side = "bid" if direction > 0 else "ask"
        orders.append(f"{order},{at},{at},{ticks / 100:.2f},{lots / 10**8:.8f},{action},{side}")

    for _ in range(steps):
        at += walk.randint(20, 400)
        number += 1
        middle += walk.randint(-20, 20)
        direction, chance = walk.choice((1, -1)), walk.random()
        facing = {order: row for order, row in resting.items() if row[0] == -direction}
        best = min(facing, key=lambda order: direction * facing[order][1], default=None)
        if chance < 0.15 and best:  # takes from the best order on the other side
            while bitstamp.number_of(number) == bitstamp.number_of(best):
                number += 1
            _, ticks, there = resting[best]
            lots = min(there, walk.randint(1, 10**8))
            tell(number, "created", direction, ticks, lots)
            pair = (number, best) if direction > 0 else (best, number)
            side = "buy" if direction > 0 else "sell"
            trades.append(f"{len(trades)},{at},{at},{ticks / 100:.2f},{lots / 10**8:.8f},{pair[0]},{pair[1]},{side}")
            tell(number, "deleted", direction, ticks, 0)
            resting[best][2] -= lots
            tell(best, "changed" if resting[best][2] else "deleted", -direction, ticks, resting[best][2])
            if not resting[best][2]:
                del resting[best]
        elif chance < 0.45 and resting:
            order = walk.choice(list(resting))
            tell(order, "deleted", *resting.pop(order))
        else:
            ticks = middle - direction * walk.randint(1, 5_000)
            if best:  # never into the other side
                ticks = direction * min(direction * ticks, direction * resting[best][1] - 1)
            resting[number] = [direction, ticks, walk.randint(1, 2 * 10**8)]
            tell(number, "created", *resting[number])
    for order, row in resting.items():  # the end of the capture
        tell(order, "deleted", *row)
    return "\n".join([*orders, ""]), "\n".join([*trades, ""])
