"""Binance's trades, of which the orders are not known: each becomes a maker's limit order, a taker's, and their trade.

The six markets of the file are two of spot, two perpetuals in USDT and two whose quantities are contracts. Derivatives
are out of scope, so all of them are settled as if they were spot: the base asset changes hands, price times quantity is
paid. Of the last two the base asset is the contract, and the price is paid for each, whatever it is really worth. What
this is for is the load, and books that an independent computation can check.
"""

import hashlib
import zlib
from array import array
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from tradebase import Problem
from tradebase.replay.reading import read, scaled, whole, word
from tradebase.replay.recording import PARTS, USERS, Cancel, Market, Need, Order, Place, Trade, digits

COLUMNS = [
    "venue",
    "symbol",
    "trade_id",
    "price",
    "qty",
    "buyer_order_id",
    "seller_order_id",
    "trade_time_ms",
    "event_time_ms",
    "local_time_ns",
    "is_buyer_maker",
    "order_type",
]
# Five decimals of a fee below seven of a notional: the ledger's eight have to cut.
SPOT = {"venue": "binancespot", "maker": 75, "taker": 100}
USDM = {"venue": "binanceusdm", "maker": 18, "taker": 45}
COINM = {"venue": "binancecoinm", "maker": 12, "taker": 55}
MARKETS = {
    "binance-spot BTCUSDT": Market("BINANCESPOT:BTC-USDT", base="BTC", quote="USDT", tick=2, lot=5, **SPOT),
    "binance-spot ETHUSDT": Market("BINANCESPOT:ETH-USDT", base="ETH", quote="USDT", tick=2, lot=4, **SPOT),
    "binance-usdm BTCUSDT": Market("BINANCEUSDM:BTC-USDT", base="BTC", quote="USDT", tick=1, lot=3, **USDM),
    "binance-usdm ETHUSDT": Market("BINANCEUSDM:ETH-USDT", base="ETH", quote="USDT", tick=2, lot=3, **USDM),
    "binance-coinm BTCUSD_PERP": Market(
        "BINANCECOINM:BTCUSD.PERP-USD", base="BTCUSD.PERP", quote="USD", tick=1, lot=0, **COINM
    ),
    "binance-coinm ETHUSD_PERP": Market(
        "BINANCECOINM:ETHUSD.PERP-USD", base="ETHUSD.PERP", quote="USD", tick=2, lot=0, **COINM
    ),
}
NUMBERS = {name: number for number, name in enumerate(MARKETS)}
BY_NUMBER = list(MARKETS.values())
BUYER_IS_MAKER = {"0": 0, "1": 1}


class Recording:
    """The trades in the order of the file. An event is a trade with its two orders."""

    # Where statistics say that the book is empty, settle_trades takes time with the cube of its events: 17 s for 250.
    batch = 100

    def __init__(self, file: Path, trades_file: Path | None) -> None:
        """Read, and run dry."""
        if trades_file:
            raise Problem(f"{file} holds trades itself: leave --trades out.")
        self.market = array("b")
        self.trade = array("q")  # Binance's id
        self.price = array("q")  # ticks
        self.quantity = array("q")  # lots
        self.at = array("q")  # milliseconds
        self.buyer_is_maker = array("b")
        self.last = [-1] * len(MARKETS)
        self.problem = read(file, COLUMNS, self.take)
        self.count = len(self.trade)
        self.markets = tuple(BY_NUMBER[number] for number in sorted(set(self.market)))
        self.need = self.run_dry()
        self.sha256 = hashlib.sha256(file.read_bytes()).hexdigest()

    def take(self, row: list[str]) -> None:
        """Append a row."""
        number = word(f"{row[0]} {row[1]}", NUMBERS, "venue and symbol")
        market = BY_NUMBER[number]
        trade, at = whole(row[2], "trade_id"), whole(row[7], "trade_time_ms")
        price, quantity = scaled(row[3], market.tick, "price", 1), scaled(row[4], market.lot, "qty", 1)
        side = word(row[10], BUYER_IS_MAKER, "is_buyer_maker")
        if trade <= self.last[number]:
            raise Problem(f"expected a trade_id above {self.last[number]} in {row[0]} {row[1]}, found {trade}")
        self.last[number] = trade
        self.market.append(number)
        self.trade.append(trade)
        self.price.append(price)
        self.quantity.append(quantity)
        self.at.append(at)
        self.buyer_is_maker.append(side)

    def sides(self, event: int) -> tuple[Order, Order]:
        """Return the maker's order and the taker's, who are never the same user."""
        trade = f"{BY_NUMBER[self.market[event]].symbol}:{self.trade[event]}"
        maker = zlib.crc32(f"{trade}:maker".encode()) % USERS
        taker = (maker + 1 + zlib.crc32(f"{trade}:taker".encode()) % (USERS - 1)) % USERS
        return Order(maker, f"{trade}:maker"), Order(taker, f"{trade}:taker")

    def run_dry(self) -> dict[str, list[int]]:
        """Return what every user needs of each asset, however the events are cut into batches."""
        needs = Need()
        # A batch places all its orders before it settles: what a trade gives may come so many events later.
        to_come: deque[list[tuple[str, int, int]]] = deque()
        for event, lots in enumerate(self.quantity):
            if len(to_come) == self.batch:
                for asset, user, amount in to_come.popleft():
                    needs.book(asset, user, amount)
            market, ticks = BY_NUMBER[self.market[event]], self.price[event]
            cost, hold, base = market.cost(ticks, lots), market.hold(ticks, lots), market.base_units(lots)
            maker, taker = self.sides(event)
            maker_fee, taker_fee = cost * market.maker // PARTS, cost * market.taker // PARTS
            if self.buyer_is_maker[event]:
                buyer, seller, buyer_fee, seller_fee = maker.user, taker.user, maker_fee, taker_fee
            else:
                buyer, seller, buyer_fee, seller_fee = taker.user, maker.user, taker_fee, maker_fee
            needs.book(market.quote, buyer, -hold)
            needs.book(market.base, seller, -base)
            to_come.append(
                [
                    (market.quote, buyer, hold - cost - buyer_fee),
                    (market.base, buyer, base),
                    (market.quote, seller, cost - seller_fee),
                ]
            )
        return needs.most

    def commands(self, first: int, last: int) -> Iterator[Place | Cancel | Trade]:
        """Yield all the orders of the events from `first` up to `last`, then their trades."""
        trades = []
        for event in range(first, last):
            market = BY_NUMBER[self.market[event]]
            price, quantity = digits(self.price[event], market.tick), digits(self.quantity[event], market.lot)
            maker, taker = self.sides(event)
            bid = self.buyer_is_maker[event]
            yield Place(maker, market.symbol, "buy" if bid else "sell", quantity, price)
            yield Place(taker, market.symbol, "sell" if bid else "buy", quantity, price)
            trades.append(Trade(market.symbol, maker, taker, price, quantity, self.at[event]))
        yield from trades

    def bytes_of(self, event: int) -> bytes:
        """Return what an event is, for the digest of those that are done."""
        return b"%d,%d,%d,%d,%d\n" % (
            self.market[event],
            self.trade[event],
            self.price[event],
            self.quantity[event],
            self.buyer_is_maker[event],
        )

    def notes(self, _: int) -> dict[str, int]:
        """There is nothing to note."""
        return {}
