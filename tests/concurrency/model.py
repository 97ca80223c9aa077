"""The exchange in plain Python: what every command must answer, refuse, and leave behind. It knows no SQL."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from positions import fold

OPEN = ("pending", "open", "partially_filled")
UNIT = Decimal("0.01")  # the smallest amount of the dollar in the ledger: most fees have to be cut
ZERO = Decimal(0)


class Refused(Exception):
    """A command is refused with a code, and where it is one of many, for which of them."""

    def __init__(self, code: str, place: int | None = None) -> None:
        """Keep both."""
        super().__init__(code, place)
        self.code, self.place = code, place


@dataclass(frozen=True)
class Market:
    """A market and its rules."""

    symbol: str
    base: str
    quote: str
    acks: bool
    maker_fee: Decimal
    taker_fee: Decimal
    tick: Decimal = Decimal("0.5")
    lot: Decimal = Decimal("0.1")
    least: Decimal = Decimal("0.2")
    most: Decimal = Decimal(50)
    least_notional: Decimal = Decimal(25)
    most_orders: int = 5


@dataclass(frozen=True)
class Request:
    """An order as somebody asks for it."""

    market: str
    side: str
    quantity: Decimal
    price: Decimal
    tif: str = "gtc"
    post_only: bool = False
    expires_at: str | None = None


@dataclass
class Order:
    """An order as it stands, or ended."""

    id: str
    user: str
    request: Request
    key: str | None
    status: str
    quantity: Decimal
    hold: Decimal
    filled: Decimal = ZERO
    quote: Decimal = ZERO
    fees: Decimal = ZERO
    reason: str | None = None
    requested: bool = False  # to be canceled, by the engine
    over: bool = False  # its time is
    replaces: str | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it may still be filled."""
        return self.status in OPEN


@dataclass
class Fill:
    """One side of a trade."""

    user: str
    side: str
    price: Decimal
    quantity: Decimal
    fee: Decimal


@dataclass
class Transfer:
    """Money that moved, or is about to."""

    id: str
    user: str
    kind: str
    asset: str
    amount: Decimal
    to: str | None = None
    fee: Decimal = ZERO
    status: str = "completed"
    sent: bool = False
    ref: str | None = None

    @property
    def body(self) -> tuple:
        """What the same request says again."""
        return self.kind, self.asset, self.amount, self.to


@dataclass
class Model:
    """Everything that the exchange knows. A command that is refused may leave it half changed: work on a copy."""

    markets: dict[str, Market]
    withdraw_min: Decimal
    withdraw_fee: Decimal
    available: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    held: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    keys: dict[tuple[str, str], tuple[str, Request]] = field(default_factory=dict)
    events: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    trades: dict[str, list[tuple[Fill, Fill]]] = field(default_factory=dict)
    busted: set[tuple[str, int]] = field(default_factory=set)
    positions: dict[tuple[str, str], list[Decimal]] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    transfer_keys: dict[tuple[str, str], str] = field(default_factory=dict)

    # Money.

    def move(self, user: str, asset: str, available: Decimal, held: Decimal = ZERO) -> None:
        """Change a balance; TR101 when it has not got that much."""
        self.available[user, asset] = self.available.get((user, asset), ZERO) + available
        self.held[user, asset] = self.held.get((user, asset), ZERO) + held
        if self.available[user, asset] < 0:
            raise Refused("TR101")
        assert self.held[user, asset] >= 0

    def take_in(self, transfer: Transfer, key: str) -> dict[str, object]:
        """Book a transfer once per key; TR401 for another one under the same."""
        if transfer.to == transfer.user:
            raise Refused("TR010")
        known = self.transfers.get(self.transfer_keys.get((transfer.user, key)))
        if known:
            if known.body != transfer.body:
                raise Refused("TR401")
            return {"id": known.id, "status": known.status, "replayed": True}
        self.transfers[transfer.id] = transfer
        self.transfer_keys[transfer.user, key] = transfer.id
        if transfer.kind == "withdrawal":
            if transfer.amount < self.withdraw_min:
                raise Refused("TR010")
            transfer.status, transfer.fee = "pending", self.withdraw_fee
            whole = transfer.amount + transfer.fee
            self.move(transfer.user, transfer.asset, -whole, whole)
        elif transfer.kind == "internal":
            self.move(transfer.user, transfer.asset, -transfer.amount)
            self.move(transfer.to, transfer.asset, transfer.amount)
        else:
            self.move(transfer.user, transfer.asset, transfer.amount)
        return {"id": transfer.id, "status": transfer.status, "replayed": False}

    def send(self, transfer: Transfer) -> dict[str, object]:
        """Mark a withdrawal as sent."""
        if transfer.status != "pending":
            raise Refused("TR402")
        before, transfer.sent = transfer.sent, True
        return {"status": "pending", "replayed": before}

    def complete(self, transfer: Transfer, ref: str) -> dict[str, object]:
        """Let go what was held for a withdrawal."""
        if transfer.status == "completed" and transfer.ref == ref:
            return {"status": "completed", "replayed": True}
        if transfer.status != "pending" or not transfer.sent:
            raise Refused("TR402")
        if any(other.ref == ref and other.asset == transfer.asset for other in self.transfers.values()):
            raise Refused("TR401")
        transfer.status, transfer.ref = "completed", ref
        self.move(transfer.user, transfer.asset, ZERO, -(transfer.amount + transfer.fee))
        return {"status": "completed", "replayed": False}

    def give_back(self, transfer: Transfer, user: str, proof: bool) -> dict[str, object]:
        """Cancel a withdrawal, or let it fail with a proof."""
        if transfer.user != user:
            raise Refused("TR403")
        if transfer.status in ("canceled", "failed"):
            return {"status": transfer.status, "replayed": True}
        if transfer.status == "completed" or transfer.sent != proof:
            raise Refused("TR402")
        transfer.status = "failed" if proof else "canceled"
        whole = transfer.amount + transfer.fee
        self.move(transfer.user, transfer.asset, whole, -whole)
        return {"status": transfer.status, "replayed": False}

    # Orders.

    def hold_asset(self, order: Order) -> str:
        """Return what an order holds: a buy dollars, a sell coins."""
        market = self.markets[order.request.market]
        return market.quote if order.request.side == "buy" else market.base

    def hold(self, request: Request, quantity: Decimal) -> Decimal:
        """Return what an order holds for so much that is left of it."""
        market = self.markets[request.market]
        if request.side == "sell":
            return quantity
        rate = 1 + max(market.maker_fee, market.taker_fee, ZERO)
        return (request.price * quantity * rate).quantize(UNIT, ROUND_CEILING)

    def flaw(self, request: Request) -> str | None:
        """Return the code for a request that makes no sense anywhere."""
        if request.quantity <= 0 or request.price <= 0:
            return "TR010"
        if request.post_only and request.tif == "ioc":
            return "TR007"
        return None if request.market in self.markets else "TR001"

    def refusal(self, user: str, request: Request) -> str | None:
        """Return the code for a request that its market does not take."""
        market = self.markets[request.market]
        orders = [o for o in self.orders.values() if o.is_open and (o.user, o.request.market) == (user, market.symbol)]
        if len(orders) >= market.most_orders:
            return "TR009"
        if request.price % market.tick:
            return "TR003"
        if request.quantity % market.lot or not market.least <= request.quantity <= market.most:
            return "TR004"
        if request.price * request.quantity < market.least_notional:
            return "TR005"
        return None

    def enter(self, user: str, request: Request, key: str | None, new_id: str) -> Order:
        """Put an order into the book, with its hold."""
        status = "pending" if self.markets[request.market].acks else "open"
        hold = self.hold(request, request.quantity)
        order = Order(new_id, user, request, key, status, request.quantity, hold)
        self.move(user, self.hold_asset(order), -hold, hold)
        self.orders[new_id] = order
        return order

    def place(self, user: str, requests: list[tuple[Request, str | None]], ids: list[str]) -> list[dict[str, object]]:
        """Place orders, all or none; each once per key."""
        self.refuse_first(len(requests), lambda n: self.flaw(requests[n][0]))
        fresh = {}
        for n, (request, key) in enumerate(requests):
            if key is None or (user, key) not in self.keys:
                fresh[n] = ids[n]
                if key is not None:
                    self.keys[user, key] = (ids[n], request)
        self.refuse_first(
            len(requests),
            lambda n: "TR204" if requests[n][1] and self.keys[user, requests[n][1]][1] != requests[n][0] else None,
        )
        # Who has no money is told so only when nothing else is wrong.
        short = False
        for n in fresh:
            if code := self.refusal(user, requests[n][0]):
                raise Refused(code, n)
            try:
                self.enter(user, *requests[n], ids[n])
            except Refused:
                short = True
                self.orders[ids[n]] = Order(ids[n], user, *requests[n], "open", ZERO, ZERO)
        if short:
            raise Refused("TR101")
        known = [fresh.get(n) or self.keys[user, key][0] for n, (_, key) in enumerate(requests)]
        return [{"order": self.answer(self.orders[order]), "replayed": n not in fresh} for n, order in enumerate(known)]

    def refuse_first(self, count: int, check: Callable[[int], str | None]) -> None:
        """Refuse the first of so many that has a code."""
        for n in range(count):
            if code := check(n):
                raise Refused(code, n)

    def answer(self, order: Order) -> dict[str, object]:
        """Return what an order's owner is told of it, as far as the model knows."""
        return {"id": order.id, "client_order_id": order.key, "status": order.status, "close_reason": order.reason}

    def end(self, order: Order, status: str, reason: str) -> None:
        """Take an order out of the book and release its hold."""
        self.move(order.user, self.hold_asset(order), order.hold, -order.hold)
        order.status, order.reason, order.hold = status, reason, ZERO

    def cancel(self, user: str, ids: list[str]) -> list[dict[str, object]]:
        """Cancel orders, all or none."""
        for n, name in enumerate(ids):
            order = self.orders.get(name)
            if order is None or order.user != user:
                raise Refused("TR201", n)
            if not order.is_open and order.status != "canceled":
                raise Refused("TR202", n)
        for order in map(self.orders.get, ids):
            self.end_or_ask(order, "canceled", "user_cancel")
        return [self.answer(self.orders[name]) for name in ids]

    def end_or_ask(self, order: Order, status: str, reason: str) -> None:
        """End an open order, or where the engine acknowledges, ask it to."""
        if order.is_open and self.markets[order.request.market].acks:
            order.requested = True
        elif order.is_open:
            self.end(order, status, reason)

    def cancel_all(self, user: str, market: str | None) -> int:
        """Cancel all orders of a user, or all in a market."""
        found = [
            o for o in self.orders.values()
            if o.is_open and not o.requested and o.user == user and market in (None, o.request.market)
        ]  # fmt: skip
        for order in found:
            self.end_or_ask(order, "canceled", "cancel_all")
        return len(found)

    def expire(self) -> int:
        """End what is over."""
        found = [order for order in self.orders.values() if order.is_open and order.over and not order.requested]
        for order in found:
            self.end_or_ask(order, "expired", "gtd_elapsed")
        return len(found)

    def ack(self, order: Order) -> bool:
        """Open an order that was pending."""
        pending = order.status == "pending"
        order.status = "open" if pending else order.status
        return pending

    def amend(
        self, user: str, name: str, quantity: Decimal | None, price: Decimal | None, key: str | None, new_id: str
    ) -> dict[str, object]:
        """Change an order where it stands, or replace it."""
        order = self.orders.get(name)
        if order is None or order.user != user:
            raise Refused("TR201")
        old = order.request
        if order.reason == "replaced" and key is not None and (user, key) in self.keys:
            made = self.orders[self.keys[user, key][0]]
            same = (order.id, price or old.price, (quantity or order.quantity) - order.filled)
            if (made.replaces, made.request.price, made.quantity) == same:
                return self.answer(made)
        if not order.is_open or order.over:
            raise Refused("TR202")
        market = self.markets[old.market]
        if market.acks or old.tif == "ioc":
            raise Refused("TR007")
        quantity, price = quantity or order.quantity, price or old.price
        if quantity <= order.filled or quantity % market.lot or quantity < market.least:
            raise Refused("TR004")
        if price == old.price and quantity <= order.quantity and key is None:
            if quantity < order.quantity:
                if price * quantity < market.least_notional:
                    raise Refused("TR005")
                hold = self.hold(old, quantity - order.filled)
                self.move(user, self.hold_asset(order), order.hold - hold, hold - order.hold)
                order.quantity, order.hold = quantity, hold
            return self.answer(order)
        self.end(order, "canceled", "replaced")
        request = Request(old.market, old.side, quantity - order.filled, price, old.tif, old.post_only)
        if key is not None and (user, key) in self.keys:
            raise Refused("TR204")
        self.place(user, [(request, key)], [new_id])
        self.orders[new_id].replaces = order.id
        return self.answer(self.orders[new_id])

    # Trades.

    def settle(self, batches: list[tuple[str, int, list[dict[str, str]]]]) -> list[dict[str, object]]:
        """Settle what an engine did, once."""
        logs = {symbol: self.events.setdefault(symbol, []) for symbol, _, _ in batches}
        before = {symbol: len(log) for symbol, log in logs.items()}
        if any(first > before[symbol] + 1 for symbol, first, _ in batches):
            raise Refused("TR301")
        # Markets are taken in their own order.
        in_order = sorted(batches, key=lambda batch: list(self.markets).index(batch[0]))
        for symbol, first, events in in_order:
            for n, event in enumerate(events[: max(0, before[symbol] - first + 1)]):
                if logs[symbol][first - 1 + n] != event:
                    raise Refused("TR302", n)
        fresh = [
            (symbol, n, event)
            for symbol, first, events in in_order
            for n, event in enumerate(events)
            if first + n > before[symbol]
        ]
        self.judge(fresh)
        for symbol, _, event in fresh:
            logs[symbol].append(event)
            self.apply(symbol, event)
        return [
            {"market": symbol, "last_seq": len(logs[symbol]), "applied": len(logs[symbol]) - before[symbol]}
            for symbol, _, _ in batches
        ]

    def judge(self, fresh: list[tuple[str, int, dict[str, str]]]) -> None:
        """Refuse the first event that cannot be, given those before it."""
        traded: dict[str, Decimal] = {}
        closed: set[str] = set()
        codes: dict[int, list[str]] = {}
        places: dict[str, int] = {}
        for place, (symbol, _, event) in enumerate(fresh):
            codes[place] = []
            if "order_id" in event:
                codes[place].append(self.judge_close(symbol, event, traded, closed))
                closed.add(event["order_id"])
                continue
            sides = [self.orders.get(event[name]) for name in ("maker_order_id", "taker_order_id")]
            for order, name in zip(sides, ("maker", "taker"), strict=True):
                if order:
                    traded[order.id] = traded.get(order.id, ZERO) + Decimal(event["quantity"])
                    places[order.id] = place
                codes[place].append(self.judge_side(symbol, event, order, name, traded, closed))
            open_sides = [order for order in sides if order and order.is_open]
            if len(open_sides) == 2:
                maker, taker = open_sides
                if maker.request.side == taker.request.side:
                    codes[place].append("TR304")
                elif maker.user == taker.user:
                    codes[place].append("TR306")
        # What cannot rest must be filled or closed by the batch that touches it.
        for name, place in places.items():
            order = self.orders[name]
            left = order.quantity - order.filled - traded[name]
            if order.is_open and order.request.tif == "ioc" and left > 0 and name not in closed:
                codes[place].append("TR203")
        for place, found in codes.items():
            if code := min(filter(None, found), default=None):
                raise Refused(code, fresh[place][1])

    def judge_close(
        self, symbol: str, event: dict[str, str], traded: dict[str, Decimal], closed: set[str]
    ) -> str | None:
        """Return the code for a close that cannot be."""
        order = self.orders.get(event["order_id"])
        if order is None or not order.is_open or order.request.market != symbol or order.id in closed:
            return "TR303"
        filled = order.filled + traded.get(order.id, ZERO)
        if filled == order.quantity:
            return "TR303"
        return "TR203" if event["status"] == "rejected" and (filled or order.status != "pending") else None

    def judge_side(
        self, symbol: str, event: dict[str, str], order: Order | None, name: str, traded: dict[str, Decimal],
        closed: set[str],
    ) -> str | None:  # fmt: skip
        """Return the code for a side of a trade that cannot be."""
        market, price, quantity = self.markets[symbol], Decimal(event["price"]), Decimal(event["quantity"])
        if order is None or not order.is_open or order.request.market != symbol or order.id in closed:
            return "TR303"
        wanted = order.request
        if (price > wanted.price) if wanted.side == "buy" else (price < wanted.price):
            return "TR304"
        if price % market.tick or quantity % market.lot or (wanted.post_only and name == "taker"):
            return "TR304"
        return "TR305" if order.filled + traded[order.id] > order.quantity else None

    def apply(self, symbol: str, event: dict[str, str]) -> None:
        """Book one event."""
        if "order_id" in event:
            self.end(self.orders[event["order_id"]], event["status"], event["reason"])
            return
        market, price, quantity = self.markets[symbol], Decimal(event["price"]), Decimal(event["quantity"])
        fills = []
        for name, rate in (("maker", market.maker_fee), ("taker", market.taker_fee)):
            order = self.orders[event[f"{name}_order_id"]]
            fee = (price * quantity * rate).quantize(UNIT, ROUND_DOWN)
            fill = Fill(order.user, order.request.side, price, quantity, fee)
            order.filled += quantity
            order.quote += price * quantity
            order.fees += fee
            done = order.filled == order.quantity
            hold = ZERO if done else self.hold(order.request, order.quantity - order.filled)
            self.move(order.user, self.hold_asset(order), order.hold - hold, hold - order.hold)
            order.hold = hold
            order.status, order.reason = ("filled", "filled") if done else ("partially_filled", None)
            self.pay(market, fill, 1)
            self.change_position(symbol, fill)
            fills.append(fill)
        self.trades.setdefault(symbol, []).append(tuple(fills))

    def pay(self, market: Market, fill: Fill, sign: int) -> None:
        """Give each side of a trade what it gets for what it gives, or take it back."""
        way = sign if fill.side == "buy" else -sign
        self.move(fill.user, market.base, way * fill.quantity)
        self.move(fill.user, market.quote, -way * fill.price * fill.quantity - sign * fill.fee)

    def change_position(self, symbol: str, fill: Fill) -> None:
        """Fold a fill into a position."""
        way = 1 if fill.side == "buy" else -1
        position = self.positions.setdefault((fill.user, symbol), [ZERO, ZERO, ZERO, ZERO])
        first_three = position[:3]
        fold(first_three, way * fill.quantity, way * fill.price * fill.quantity)
        position[:] = [*first_three, position[3] + fill.fee]

    def bust(self, symbol: str, seq: int) -> None:
        """Take a trade back."""
        trades = self.trades.get(symbol, [])
        if seq > len(trades):
            raise Refused("TR404")
        if (symbol, seq) in self.busted:
            raise Refused("TR402")
        self.busted.add((symbol, seq))
        for fill in trades[seq - 1]:
            self.pay(self.markets[symbol], fill, -1)
            self.positions[fill.user, symbol] = [ZERO, ZERO, ZERO, ZERO]
        users = {fill.user for fill in trades[seq - 1]}
        for n, fills in enumerate(trades, 1):
            for fill in fills:
                if (symbol, n) not in self.busted and fill.user in users:
                    self.change_position(symbol, fill)
