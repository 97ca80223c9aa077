"""What a recording is to whoever sends it: markets, users with what they need, and events that are commands."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

PARTS = 100_000  # of which fees are so many
USERS = 200  # the counterparties are made up
IDS = uuid.UUID("3e1f0a52-3d0c-5b4f-8f5e-7265706c6179")  # namespace of their ids
USER_IDS = [uuid.uuid5(IDS, str(number)) for number in range(USERS)]


class Asset(NamedTuple):
    """An asset as it is made where it is missing; one that is there may keep more decimals."""

    name: str
    kind: str
    scale: int
    display_scale: int


ASSETS = {
    "BTC": Asset("Bitcoin", "crypto", 8, 8),
    "ETH": Asset("Ether", "crypto", 8, 8),
    "USD": Asset("US dollar", "fiat", 10, 2),
    "USDT": Asset("Tether", "stablecoin", 8, 2),
    "BTCUSD.PERP": Asset("Perpetual of 100 US dollars in bitcoin", "contract", 0, 0),
    "ETHUSD.PERP": Asset("Perpetual of 10 US dollars in ether", "contract", 0, 0),
}


@dataclass(frozen=True)
class Market:
    """A market of a recording. Prices are counted in ticks, quantities in lots, fees in parts of 100,000."""

    symbol: str
    venue: str
    base: str
    quote: str
    tick: int  # decimals
    lot: int  # decimals
    maker: int
    taker: int

    def cost(self, ticks: int, lots: int) -> int:
        """Return price times quantity in the smallest unit of the quote asset."""
        return ticks * lots * 10 ** (ASSETS[self.quote].scale - self.tick - self.lot)

    def hold(self, ticks: int, lots: int) -> int:
        """Return what a buy order holds: its cost and the higher fee, rounded up."""
        return -(-self.cost(ticks, lots) * (PARTS + max(self.maker, self.taker)) // PARTS)

    def base_units(self, lots: int) -> int:
        """Return a quantity in the smallest unit of the base asset."""
        return lots * 10 ** (ASSETS[self.base].scale - self.lot)


class Need:
    """What every user must have of each asset to begin with, found by booking what happens to them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.money: dict[str, list[int]] = {}
        self.most: dict[str, list[int]] = {}  # so far below what they began with, at the worst

    def book(self, asset: str, user: int, change: int) -> None:
        """Book a change of what a user can spend, in the smallest unit of the asset."""
        money = self.money.setdefault(asset, [0] * USERS)
        most = self.most.setdefault(asset, [0] * USERS)
        money[user] += change
        most[user] = max(most[user], -money[user])


class Order(NamedTuple):
    """An order by its user's number and its client_order_id."""

    user: int
    key: str


class Place(NamedTuple):
    """Place a limit order."""

    order: Order
    market: str
    side: str
    quantity: str
    price: str


class Cancel(NamedTuple):
    """Cancel what is left of an order."""

    order: Order


class Trade(NamedTuple):
    """Settle a trade."""

    market: str
    maker: Order
    taker: Order
    price: str
    quantity: str
    at: int  # milliseconds


class Recording(Protocol):
    """What a format makes of its files. Its constructor takes the file, and the file of trades or None."""

    batch: int  # events per transaction: no more, what users need is computed for it
    markets: tuple[Market, ...]
    need: dict[str, list[int]]  # asset to users' numbers, in its smallest unit
    count: int  # events that can be replayed
    problem: str | None  # what ended them early
    sha256: str  # of the file

    def commands(self, first: int, last: int) -> Iterator[Place | Cancel | Trade]:
        """Yield what is to be sent for the events from `first` up to `last`."""

    def bytes_of(self, event: int) -> bytes:
        """Return what an event is, for the digest of those that are done."""

    def notes(self, done: int) -> dict[str, int]:
        """Count what is worth a line of the report in the first events."""


def digits(number: int, scale: int) -> str:
    """Return a whole number of steps as an exact decimal."""
    return f"{number // 10**scale}.{number % 10**scale:0{scale}d}" if scale else str(number)
