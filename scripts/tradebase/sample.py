"""A small set of instruments and bars, made up, for a machine that has no real ones."""

import random
from collections.abc import Iterator

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
