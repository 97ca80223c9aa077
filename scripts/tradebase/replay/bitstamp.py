"""Bitstamp's order events and the trades among them.

An order that was created is placed, one that was deleted before the end of the capture cancelled, a trade settled.
Price and volume of what was changed or deleted are ignored: every change is a trade's, which comes of its own file.
"""

import hashlib
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tradebase import Problem
from tradebase.replay.reading import line_of, read, scaled, whole, word
from tradebase.replay.recording import PARTS, USERS, Cancel, Market, Need, Order, Place, Trade, digits

# The smallest unit of the ledger is tick times lot: a notional is a whole number of it.
MARKET = Market("BTC-USD", "tradebase", "BTC", "USD", tick=2, lot=8, maker=100, taker=200)

ORDER_COLUMNS = ["id", "timestamp", "exchange_timestamp", "price", "volume", "action", "direction"]
TRADE_COLUMNS = [
    "trade_id",
    "timestamp",
    "exchange_timestamp",
    "price",
    "amount",
    "buy_order_id",
    "sell_order_id",
    "side",
]
# At one time, in this order.
CREATED, TRADE, CHANGED, DELETED = range(4)
ACTIONS = {"created": CREATED, "changed": CHANGED, "deleted": DELETED}
SIDES = {"bid": 0, "ask": 1}
BUY, SELL = 0, 1
# What a delete comes to.
CANCEL, FILLED, UNKNOWN, END = range(4)


@dataclass
class Events:
    """The rows of one file, a column an array; `problem` is what ended the reading early."""

    file: Path
    kind: array = field(default_factory=lambda: array("b"))
    at: array = field(default_factory=lambda: array("q"))  # exchange time, milliseconds
    price: array = field(default_factory=lambda: array("q"))  # ticks
    volume: array = field(default_factory=lambda: array("q"))  # lots
    order: array = field(default_factory=lambda: array("q"))  # Bitstamp's id; of a trade the maker's
    taker: array = field(default_factory=lambda: array("q"))
    side: array = field(default_factory=lambda: array("b"))  # of a trade the taker's
    problem: str | None = None


def read_order(events: Events, row: list[str]) -> None:
    """Append a row of the orders file."""
    action = word(row[5], ACTIONS, "action")
    side = word(row[6], SIDES, "direction")
    price, volume = scaled(row[3], MARKET.tick, "price"), scaled(row[4], MARKET.lot, "volume")
    order, time = whole(row[0], "id"), whole(row[2], "exchange_timestamp")
    events.kind.append(action)
    events.side.append(side)
    events.price.append(price)
    events.volume.append(volume)
    events.order.append(order)
    events.at.append(time)


def read_trade(events: Events, row: list[str]) -> None:
    """Append a row of the trades file: the older order is the maker."""
    buyer, seller = whole(row[5], "buy_order_id"), whole(row[6], "sell_order_id")
    price, volume = scaled(row[3], MARKET.tick, "price", 1), scaled(row[4], MARKET.lot, "amount", 1)
    time = whole(row[2], "exchange_timestamp")
    events.kind.append(TRADE)
    events.side.append(BUY if buyer > seller else SELL)
    events.price.append(price)
    events.volume.append(volume)
    events.order.append(min(buyer, seller))
    events.taker.append(max(buyer, seller))
    events.at.append(time)


def trades_beside(file: Path) -> Path:
    """Return the file of the trades that belongs to a file of orders, packed or not."""
    name = file.name.replace("orders", "trades")
    plain = name.removesuffix(".gz").removesuffix(".xz")
    for beside in (file.with_name(each) for each in (name, plain, f"{plain}.gz", f"{plain}.xz")):
        if name != file.name and beside.is_file():
            return beside
    raise Problem(f"The trades of {file} are not beside it: put them there, or name their file with --trades.")


def number_of(order: int) -> int:
    """Return the number of the user who sends an order of the recording."""
    return zlib.crc32(str(order).encode()) % USERS


def order_of(order: int) -> Order:
    """Return an order of the recording as it is known here."""
    return Order(number_of(order), str(order))


class Recording:
    """Both files as one sequence of events, sorted by exchange time."""

    # A transaction's own dead row versions cannot be pruned: at 500, one in fourteen updates of the balances found no
    # room in its page while the opening book was placed.
    batch = 200
    markets = (MARKET,)

    def __init__(self, file: Path, trades_file: Path | None) -> None:
        """Read, sort, and run dry."""
        self.orders = orders = Events(file)
        orders.problem = read(file, ORDER_COLUMNS, partial(read_order, orders))
        self.trades = trades = Events(trades_file or file)
        if orders.at or not orders.problem:  # else it is no file of orders, and its trades are nowhere
            trades.file = trades_file or trades_beside(file)
            trades.problem = read(trades.file, TRADE_COLUMNS, partial(read_trade, trades))
        self.problem = orders.problem or trades.problem
        rows = len(orders.at)
        # Of a file that breaks off, the last millisecond may be missing a part.
        ends = [max(events.at, default=0) for events in (orders, trades) if events.problem]
        horizon = min(ends, default=None)
        self.end = max(orders.at, default=0) if horizon is None else horizon
        keys = array("q", (at * 4 + kind for at, kind in zip(orders.at, orders.kind, strict=True)))
        keys.extend(at * 4 + TRADE for at in trades.at)
        self.sequence = array(
            "l",
            sorted((n for n, key in enumerate(keys) if horizon is None or key // 4 < horizon), key=keys.__getitem__),
        )
        del keys
        self.rows = rows
        self.fate = array("b", bytes(rows))  # of each delete
        self.take_quantities()
        needs = Need()
        self.count = self.run_dry(needs)
        self.need = needs.most
        self.sha256 = hashlib.sha256(file.read_bytes()).hexdigest()

    def take_quantities(self) -> None:
        """Give an order of volume 0 the sum of its trades and its last volume; and a price of 0, one tick."""
        orders, trades = self.orders, self.trades
        empty = {
            order: row
            for row, order in enumerate(orders.order)
            if orders.kind[row] == CREATED and orders.volume[row] == 0
        }
        last = {order: orders.volume[row] for row, order in enumerate(orders.order) if order in empty}
        for trade, amount in enumerate(trades.volume):
            for order in (trades.order[trade], trades.taker[trade]):
                if order in empty:
                    last[order] += amount
        for order, row in empty.items():
            orders.volume[row] = last[order]

    def run_dry(self, needs: Need) -> int:
        """Walk the events without a database: return how many can be replayed, and book what users need for them."""
        orders, trades = self.orders, self.trades
        row_of: dict[int, int] = {}
        left = array("q", bytes(8 * self.rows))
        over: set[int] = set()

        def hold(row: int, lots: int) -> int:
            return MARKET.hold(orders.price[row], lots) if orders.side[row] == BUY else MARKET.base_units(lots)

        def book_hold(row: int, change: int) -> None:
            asset = MARKET.quote if orders.side[row] == BUY else MARKET.base
            needs.book(asset, number_of(orders.order[row]), change)

        def wrong(trade: int) -> str | None:
            for order, side in (
                (trades.order[trade], 1 - trades.side[trade]),
                (trades.taker[trade], trades.side[trade]),
            ):
                row = row_of.get(order)
                if row is None:
                    return f"expected an order that was created before, found {order}"
                if orders.side[row] != side:
                    return f"expected order {order} on the other side"
                if order in over or left[row] < trades.volume[trade]:
                    return f"order {order} has less left than the trade's amount"
                limit = orders.price[row]
                if trades.price[trade] > limit if side == BUY else trades.price[trade] < limit:
                    return f"expected a price within the limit of order {order}"
            if number_of(trades.order[trade]) == number_of(trades.taker[trade]):
                return "maker and taker are the same user"
            return None

        for done, event in enumerate(self.sequence):
            if event >= self.rows:
                trade = event - self.rows
                if why := wrong(trade):
                    self.problem = f"{line_of(trades.file, trade)}: {why}."
                    return done
                lots, cost = trades.volume[trade], MARKET.cost(trades.price[trade], trades.volume[trade])
                for order, rate in ((trades.order[trade], MARKET.maker), (trades.taker[trade], MARKET.taker)):
                    row, user = row_of[order], number_of(order)
                    before, left[row] = left[row], left[row] - lots
                    fee = cost * rate // PARTS
                    if orders.side[row] == BUY:
                        needs.book(MARKET.quote, user, hold(row, before) - hold(row, left[row]) - cost - fee)
                        needs.book(MARKET.base, user, MARKET.base_units(lots))
                    else:
                        needs.book(MARKET.quote, user, cost - fee)
                continue
            kind, order = orders.kind[event], orders.order[event]
            if kind == CREATED:
                orders.price[event] = orders.price[event] or 1
                why = "the id was created before" if order in row_of else None
                if not orders.volume[event]:
                    why = "expected a volume above 0, or trades"
                if why:
                    self.problem = f"{line_of(orders.file, event)}: {why}."
                    return done
                row_of[order] = event
                left[event] = orders.volume[event]
                book_hold(event, -hold(event, left[event]))
            elif kind == DELETED:
                row = row_of.get(order)
                if row is None:
                    self.fate[event] = UNKNOWN
                elif left[row] == 0 or order in over:
                    self.fate[event] = FILLED
                elif orders.at[event] >= self.end:
                    self.fate[event] = END
                else:
                    self.fate[event] = CANCEL
                    over.add(order)
                    book_hold(row, hold(row, left[row]))
        return len(self.sequence)

    def commands(self, first: int, last: int) -> Iterator[Place | Cancel | Trade]:
        """Yield what is to be sent for the events from `first` up to `last`."""
        orders, trades = self.orders, self.trades
        for event in self.sequence[first:last]:
            if event >= self.rows:
                t = event - self.rows
                yield Trade(
                    MARKET.symbol,
                    order_of(trades.order[t]),
                    order_of(trades.taker[t]),
                    digits(trades.price[t], MARKET.tick),
                    digits(trades.volume[t], MARKET.lot),
                    trades.at[t],
                )
            elif orders.kind[event] == CREATED:
                yield Place(
                    order_of(orders.order[event]),
                    MARKET.symbol,
                    "sell" if orders.side[event] else "buy",
                    digits(orders.volume[event], MARKET.lot),
                    digits(orders.price[event], MARKET.tick),
                )
            elif orders.kind[event] == DELETED and self.fate[event] == CANCEL:
                yield Cancel(order_of(orders.order[event]))

    def bytes_of(self, event: int) -> bytes:
        """Return what an event is, for the digest of those that are done."""
        orders, trades = self.orders, self.trades
        n = self.sequence[event]
        if n >= self.rows:
            t = n - self.rows
            return b"t,%d,%d,%d,%d\n" % (trades.order[t], trades.taker[t], trades.price[t], trades.volume[t])
        if orders.kind[n] == CREATED:
            return b"c,%d,%d,%d,%d\n" % (orders.order[n], orders.side[n], orders.price[n], orders.volume[n])
        return b"%d,%d,%d\n" % (orders.kind[n], orders.order[n], self.fate[n])

    def notes(self, done: int) -> dict[str, int]:
        """Count the deletes of orders that were never created."""
        orders = self.orders
        return {
            "unknown_deletes": sum(
                n < self.rows and orders.kind[n] == DELETED and self.fate[n] == UNKNOWN for n in self.sequence[:done]
            )
        }
