"""Random commands against a model of the exchange: the same answers, the same refusals, the same books."""

import copy
import json
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from model import Market, Model, Order, Refused, Request, Transfer

from tradebase.commands import Command, of_user, send
from tradebase.storm import violations

FUNDS = {"USD": 2000, "BTC": 20, "ETH": 20, "SOL": 20}
WITHDRAW_MIN, WITHDRAW_FEE = Decimal(2), Decimal(1)
ASSETS = """
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_min, withdraw_fee)
VALUES (%s, 'made up', 'crypto', %s, 1, %s, %s)
"""
MARKET = """
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, engine_acks, maker_fee_rate, taker_fee_rate, tick_size,
    lot_size, min_quantity, max_quantity, min_notional, max_open_orders
)
SELECT
    %(symbol)s, b.id, q.id, 'open', 'external', %(acks)s, %(maker_fee)s, %(taker_fee)s, %(tick)s, %(lot)s, %(least)s,
    %(most)s, %(least_notional)s, %(most_orders)s
FROM market.assets AS b, market.assets AS q
WHERE b.code = %(base)s AND q.code = %(quote)s
"""
BALANCES = """
SELECT b.user_id::text, a.code, b.available, b.held
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id = ANY (%s::uuid[]) AND (b.available <> 0 OR b.held <> 0)
"""
ORDERS = """
SELECT
    o.id::text, o.status, o.quantity, o.hold, o.filled_quantity, o.filled_quote, o.fee_total, o.close_reason,
    o.cancel_requested_at IS NOT NULL, o.replaces_order_id::text
FROM trading.orders AS o
WHERE o.user_id = ANY (%s::uuid[])
"""
POSITIONS = """
SELECT p.user_id::text, m.symbol, p.quantity, p.entry_cost, p.realized_pnl, p.fees
FROM trading.positions AS p JOIN market.markets AS m ON m.id = p.market_id
WHERE p.user_id = ANY (%s::uuid[])
"""
TRANSFERS = """
SELECT t.id::text, t.kind, t.status, t.amount, t.fee, t.sent_at IS NOT NULL
FROM portfolio.transfers AS t
WHERE t.user_id = ANY (%s::uuid[])
"""
SEQUENCES = """
SELECT m.symbol, s.last_engine_seq, s.last_trade_seq
FROM market.market_state AS s JOIN market.markets AS m ON m.id = s.market_id
WHERE m.symbol = ANY (%s)
"""

REFUSALS = {
    "TR003", "TR004", "TR005", "TR007", "TR009", "TR010", "TR101", "TR201", "TR202", "TR203", "TR204", "TR301", "TR302",
    "TR303", "TR304", "TR305", "TR306", "TR401", "TR402", "TR403", "TR404",
}  # fmt: skip

names = count(1)
users = st.integers(0, 2)
markets = st.integers(0, 2)
assets = st.sampled_from(list(FUNDS))
picks = st.integers(0, 1 << 16)
percent = st.integers(0, 99)
amounts = st.sampled_from([Decimal(n) for n in (1, 2, 3, 5, 8, 900)])
# Some are off the tick or the lot, too small or too large; the others often meet.
prices = st.sampled_from([Decimal(n) / 2 for n in range(196, 205)] * 3 + [Decimal("100.25")])
quantities = st.sampled_from([Decimal(n) / 10 for n in range(2, 40)] + [Decimal(n) for n in ("0", "0.1", "0.35", "51")])
kinds = st.sampled_from([("gtc", False)] * 7 + [("gtc", True), ("ioc", False), ("ioc", True)])
requests = st.tuples(markets, st.sampled_from(["buy", "sell"]), quantities, prices, kinds)
keys = st.sampled_from([None, None, "new", "new", "used"])


class Trading(RuleBasedStateMachine):
    """A day at an exchange: each rule sends one command, and what it says and leaves is compared with the model."""

    def __init__(self, connection: psycopg.Connection, outcomes: Counter[tuple[str, str]]) -> None:
        """Open an exchange of its own: assets, markets and users that no other run knows."""
        super().__init__()
        self.connection = connection
        self.outcomes = outcomes
        self.name = f"M{next(names)}"
        self.new_key = (f"{self.name}:{n}" for n in count(1))
        self.steps = count(1)
        self.refused: str | None = None
        self.keyed: list[tuple[Command, Callable]] = []
        self.before: Model | None = None  # the transaction that is open
        self.users = [str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.name}:{n}")) for n in range(3)]
        dollar, *coins = (self.name + code for code in FUNDS)
        fees = [("-0.0005", "0.0025"), ("0.001", "0.0025"), ("0", "0")]
        self.markets = [
            Market(f"{coin}-{dollar}", coin, dollar, coin.endswith("SOL"), *map(Decimal, fee))
            for coin, fee in zip(coins, fees, strict=True)
        ]
        self.model = Model({market.symbol: market for market in self.markets}, WITHDRAW_MIN, WITHDRAW_FEE)
        with self.owner() as owner:
            for asset in (dollar, *coins):
                owner.execute(ASSETS, [asset, 2 if asset == dollar else 1, WITHDRAW_MIN, WITHDRAW_FEE])
            for market in self.markets:
                owner.execute(MARKET, market.__dict__)
            owner.execute("INSERT INTO auth.users (id) SELECT unnest(%s::uuid[])", [self.users])
        for user in range(3):
            for asset, amount in FUNDS.items():
                self.money("deposit", user, asset, Decimal(amount), "new")
            for market in range(3):
                side = ["buy", "sell"][(user + market) % 2]
                self.place(user, (market, side, Decimal(user + 1), Decimal(100), ("gtc", False)), None, False)
            self.money("withdrawal", user, "USD", Decimal(5), "new")
        # The day begins with something of everything: an example has only some of the rules, and they find work.
        for market in range(3):
            self.settle({market: (99, 0, [(99, 0, 0)])}, False)
        for step, pick in (("send", 0), ("complete", 0), ("cancel", 1), ("send", 2), ("fail", 2)):
            self.withdrawal(pick, step, 99)

    # Both sides of a command.

    def do(self, command: Command, predict: Callable[[Model, object], object]) -> object:
        """Send a command, ask the model what must come of it, and return the answer, None when it was refused."""
        answer = error = None
        try:
            answer = send(self.connection, command)
        except psycopg.Error as refusal:
            error = refusal
        self.refused = error and error.sqlstate
        self.outcomes[command.kind, self.refused or "done"] += 1
        after, foreseen, expected = copy.deepcopy(self.model), None, None
        try:
            expected = predict(after, answer)
        except Refused as refusal:
            foreseen = refusal
        code = foreseen and foreseen.code
        assert self.refused == code, f"{command}: {error or answer}, the model says {foreseen or expected}"
        if foreseen:
            said = json.loads(error.diag.message_detail)
            place = said.get("index", said.get("event", foreseen.place))
            assert place == foreseen.place, f"{command}: {error} of {said}, the model says {foreseen}"
            return None
        assert part_of(answer, expected) == expected, f"{command}: {answer}, the model says {expected}"
        self.model = after
        return answer

    def do_under_key(self, command: Command, predict: Callable[[Model, object], object]) -> None:
        """Send a command as above, and keep it to be sent again."""
        self.keyed.append((command, predict))
        self.do(command, predict)

    @contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """Be the owner for a while, in the transaction that may be open."""
        with self.connection.transaction():
            self.connection.execute("SELECT set_config('role', 'tradebase', TRUE)")
            yield self.connection

    def key_for(self, wish: str | None, used: list[tuple[str, str]], user: str) -> str | None:
        """Return a new key, one that the user has used, or none."""
        mine = [key for owner, key in used if owner == user]
        return None if wish is None else mine[-1] if wish == "used" and mine else next(self.new_key)

    def order(self, pick: int, only: Callable[[Order], bool] = lambda _: True) -> Order | None:
        """Return one of the orders, mostly one of the last that are open."""
        found = [order for order in self.model.orders.values() if only(order)]
        still = [order for order in found if order.is_open]
        found = still if still and pick % 8 else found
        return found[pick // 8 % len(found)] if found else None

    # Orders.

    def request(self, drawn: tuple) -> Request:
        """Return what was drawn as a request."""
        market, side, quantity, price, (tif, post_only) = drawn
        return Request(self.markets[market].symbol, side, quantity, price, tif, post_only)

    @rule(user=users, drawn=requests, wish=keys, by_service=st.booleans())
    def place(self, user: int, drawn: tuple, wish: str | None, by_service: bool) -> None:
        """Place an order, sometimes under a key that made another."""
        user, request = self.users[user], self.request(drawn)
        key = self.key_for(wish, list(self.model.keys), user)
        command = of_user(user, "place_order", by_service, **arguments(request, key))
        (self.do_under_key if key else self.do)(
            command, lambda model, answer: model.place(user, [(request, key)], ids([answer] if answer else [], 1))[0]
        )

    @precondition(lambda self: self.model.orders)
    @rule(pick=picks, user=users, quantity=quantities, by_service=st.booleans())
    def meet(self, pick: int, user: int, quantity: Decimal, by_service: bool) -> None:
        """Place what could trade with another order."""
        other = self.order(pick).request
        market = next(n for n, market in enumerate(self.markets) if market.symbol == other.market)
        side = "sell" if other.side == "buy" else "buy"
        self.place(user, (market, side, quantity, other.price, ("gtc", False)), None, by_service)

    @rule(user=users, drawn=st.lists(st.tuples(requests, keys), min_size=1, max_size=4), by_service=st.booleans())
    def place_many(self, user: int, drawn: list[tuple], by_service: bool) -> None:
        """Place orders, all or none."""
        user = self.users[user]
        wanted = [(self.request(request), self.key_for(wish, list(self.model.keys), user)) for request, wish in drawn]
        command = of_user(
            user, "place_orders", by_service, orders=json.dumps([arguments(request, key) for request, key in wanted])
        )
        self.do_under_key(command, lambda model, answer: model.place(user, wanted, ids(answer or [], len(wanted))))

    @rule(user=users, drawn=requests)
    def place_briefly(self, user: int, drawn: tuple) -> None:
        """Place an order and see its time pass."""
        user, moment = self.users[user], self.now() + timedelta(milliseconds=60)
        market, side, quantity, price, _ = drawn
        until = f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
        request = Request(self.markets[market].symbol, side, quantity, price, "gtd", expires_at=until)

        def predict(model: Model, answer: dict | None) -> dict[str, object]:
            # The one thing that the clock decides: it may pass before the order is there.
            if self.refused == "TR010" and self.now() > moment:
                raise Refused("TR010")
            placed = model.place(user, [(request, None)], ids([answer] if answer else [], 1))[0]
            model.orders[placed["order"]["id"]].over = True
            return placed

        if self.do(of_user(user, "place_order", False, **arguments(request, None)), predict):
            while self.now() <= moment:
                time.sleep(0.005)

    def now(self) -> object:
        """Return the server's clock."""
        with self.owner() as owner:
            return owner.execute("SELECT clock_timestamp()").fetchone()[0]

    @precondition(lambda self: self.keyed)
    @rule(pick=picks)
    def again(self, pick: int) -> None:
        """Send something again under its key."""
        self.do(*self.keyed[-1 - pick % len(self.keyed)])

    @precondition(lambda self: self.model.orders)
    @rule(
        pick=picks, quantity=st.none() | quantities.filter(bool), price=st.none() | prices, wish=keys,
        whose=percent, by_service=st.booleans(),
    )  # fmt: skip
    def amend(
        self, pick: int, quantity: Decimal | None, price: Decimal | None, wish: str | None, whose: int, by_service: bool
    ) -> None:
        """Change an order, mostly one's own."""
        order = self.order(pick)
        user = self.users[whose % 3] if whose < 10 else order.user
        quantity = order.quantity if quantity is price is None else quantity
        # A used key is sent only with what is otherwise good: which of two faults is named first is not promised.
        market = self.model.markets[order.request.market]
        good = order.is_open and not order.over and not market.acks and order.request.tif == "gtc"
        good = good and user == order.user and (quantity or order.quantity) > order.filled
        good = good and not (quantity or order.quantity) % market.lot and (quantity or order.quantity) >= market.least
        key = self.key_for(wish if good or wish != "used" else None, list(self.model.keys), user)
        given = {"order_id": order.id, "quantity": quantity, "price": price, "client_order_id": key}
        command = of_user(
            user, "amend_order", by_service, **{name: str(value) for name, value in given.items() if value is not None}
        )
        (self.do_under_key if key else self.do)(
            command,
            lambda model, answer: model.amend(user, order.id, quantity, price, key, answer["id"] if answer else "?"),
        )

    @precondition(lambda self: self.model.orders)
    @rule(pick=picks, whose=percent, by_key=st.booleans(), by_service=st.booleans())
    def cancel(self, pick: int, whose: int, by_key: bool, by_service: bool) -> None:
        """Cancel an order, mostly one's own, by one of its names."""
        order = self.order(pick)
        user = self.users[whose % 3] if whose < 10 else order.user
        name = {"client_order_id": order.key} if by_key and order.key else {"order_id": order.id}
        self.do(
            of_user(user, "cancel_order", by_service, **name),
            lambda model, _: model.cancel(user, [order.id])[0],
        )

    @precondition(lambda self: self.model.orders)
    @rule(user=users, drawn=st.lists(picks, min_size=1, max_size=4), whose=percent, by_service=st.booleans())
    def cancel_many(self, user: int, drawn: list[int], whose: int, by_service: bool) -> None:
        """Cancel orders, all or none; sometimes one is somebody else's."""
        user = self.users[user]
        chosen = [self.order(pick, lambda order: whose < 10 or order.user == user) for pick in drawn]
        chosen = [order.id if order else str(uuid.UUID(int=0)) for order in chosen]
        self.do(
            of_user(user, "cancel_orders", by_service, order_ids=f"{{{','.join(chosen)}}}"),
            lambda model, _: model.cancel(user, chosen),
        )

    @precondition(lambda self: sum(order.is_open for order in self.model.orders.values()) > 10)
    @rule(user=users, market=st.none() | markets)
    def cancel_all(self, user: int, market: int | None) -> None:
        """Cancel what a user has."""
        user, market = self.users[user], None if market is None else self.markets[market].symbol
        self.do(
            Command("api.cancel_all_orders", {"market": market}, "authenticated", user),
            lambda model, _: model.cancel_all(user, market),
        )

    @rule()
    def expire(self) -> None:
        """End what is over: call after call, until there is none."""
        ended, left = 0, True
        while left:
            command = Command("trading.expire_orders", {"upto": str(self.now())}, "tradebase_worker")
            left = send(self.connection, command)
            ended += left
        assert ended == self.model.expire()

    @precondition(lambda self: self.model.orders)
    @rule(pick=picks)
    def ack(self, pick: int) -> None:
        """Acknowledge an order, mostly where the engine does."""
        order = self.order(pick, lambda order: pick % 5 == 0 or self.model.markets[order.request.market].acks)
        if order:
            self.do(
                Command("trading.ack_order", {"order_id": order.id}, "tradebase_engine"),
                lambda model, _: model.ack(model.orders[order.id]),
            )

    # Trades.

    @precondition(lambda self: any(order.is_open for order in self.model.orders.values()))
    @rule(
        drawn=st.dictionaries(
            markets,
            st.tuples(percent, picks, st.lists(st.tuples(percent, picks, picks), min_size=1, max_size=4)),
            min_size=1, max_size=2,
        ),
        by_service=st.booleans(),
    )  # fmt: skip
    def settle(self, drawn: dict[int, tuple], by_service: bool) -> None:
        """Be the engine: go on, or repeat, leave a gap, say something else than before, and match what cannot be."""
        batches = []
        for market, (shape, pick, wishes) in drawn.items():
            symbol = self.markets[market].symbol
            log = self.model.events.get(symbol, [])
            events, first = self.events(symbol, wishes), len(log) + 1
            if shape < 20 and log:  # some of what is known, and sometimes more
                first = 1 + pick % len(log)
                events = [dict(event) for event in log[first - 1 :]] + (events if shape < 10 else [])
                if shape % 10 == 0:
                    changed = events[pick % (len(log) - first + 1)]
                    changed |= {"quantity": "7.7"} if "quantity" in changed else {"status": "rejected"}
            elif shape < 25:
                first += 1
            if events:
                batches.append((symbol, first, events))
        if not batches:
            return
        text = json.dumps([{"market": m, "first_seq": str(first), "events": events} for m, first, events in batches])
        function, role = ("api", "service_role") if by_service else ("trading", "tradebase_engine")
        self.do(Command(f"{function}.settle_trades", {"batches": text}, role), lambda model, _: model.settle(batches))

    # Drawn more often than what empties the book.
    settle_often = settle_very_often = settle
    meet_often = meet

    def events(self, symbol: str, wishes: list[tuple[int, int, int]]) -> list[dict[str, str]]:
        """Return events of a market, mostly such as can be."""
        known = [order for order in self.model.orders.values() if order.request.market == symbol]
        left = {order.id: order.quantity - order.filled for order in known if order.is_open}
        events = []
        for kind, pick, other in wishes:
            open_ones = [order for order in known if left.get(order.id, 0) > 0]
            if kind < 12 and open_ones:
                order = open_ones[pick % len(open_ones)]
                status, reason = [
                    ("canceled", "user_cancel"), ("expired", "ioc_remainder"), ("rejected", "engine_reject"),
                ][kind % 3]  # fmt: skip
                events.append({"order_id": order.id, "status": status, "reason": reason})
                left[order.id] = Decimal(0)
                continue
            if kind < 20 and known:  # whatever they are
                some = open_ones if open_ones and kind % 2 else known
                maker, taker = some[pick % len(some)], some[other % len(some)]
                if maker is taker:
                    continue
                quantity, price = Decimal(other % 30 + 1) / 10, maker.request.price
            else:
                pairs = [
                    (maker, taker)
                    for maker in open_ones
                    for taker in open_ones
                    if (maker.user != taker.user or kind < 26) and not taker.request.post_only
                    if maker.request.side != taker.request.side
                    if (maker.request.price >= taker.request.price) == (maker.request.side == "buy")
                    or maker.request.price == taker.request.price
                ]
                if not pairs:
                    continue
                maker, taker = pairs[pick % len(pairs)]
                most = min(left[maker.id], left[taker.id])
                quantity = most if other % 2 else max(Decimal("0.1"), (most / 2).quantize(Decimal("0.1")))
                quantity += Decimal("0.1") if kind == 27 else Decimal("0.05") if kind == 28 else 0
                price = maker.request.price
            events.append({
                "maker_order_id": maker.id, "taker_order_id": taker.id, "price": str(price), "quantity": str(quantity),
            })  # fmt: skip
            for order in (maker, taker):
                left[order.id] = left.get(order.id, Decimal(0)) - quantity
                if left[order.id] > 0 and order.request.tif == "ioc" and kind != 29:
                    events.append({"order_id": order.id, "status": "expired", "reason": "ioc_remainder"})
                    left[order.id] = Decimal(0)
        return events

    @precondition(lambda self: self.model.trades)
    @rule(market=markets, pick=picks)
    def bust(self, market: int, pick: int) -> None:
        """Take a trade back, or one that is not there."""
        symbol = self.markets[market].symbol
        seq = 1 + pick % (len(self.model.trades.get(symbol, [])) + 1)
        named = {"market": symbol, "trade_seq": str(seq), "reason": "a wrong price"}
        self.do(
            Command("trading.bust_trade", named, "tradebase_operator"), lambda model, _: model.bust(symbol, seq) or {}
        )

    # Money.

    @rule(
        kind=st.sampled_from(["deposit", "withdrawal", "withdrawal", "internal", "internal", "adjustment", "taken"]),
        user=users, asset=assets, amount=amounts, wish=st.sampled_from(["new", "new", "new", "used"]), to=users,
        by_service=st.booleans(),
    )  # fmt: skip
    def move_money(
        self, kind: str, user: int, asset: str, amount: Decimal, wish: str, to: int, by_service: bool
    ) -> None:
        """Bring money, ask for it back, send it to another or to oneself, correct it up or down."""
        if kind == "taken":
            kind, amount = "adjustment", -amount
        self.money(kind, user, asset, amount, wish, self.users[to] if kind == "internal" else None, by_service)

    def money(
        self, kind: str, user: int, asset: str, amount: Decimal, wish: str, to: str | None = None,
        by_service: bool = False,
    ) -> None:  # fmt: skip
        """Send a command that moves money under a key."""
        user, asset = self.users[user], self.name + asset
        key = self.key_for(wish, list(self.model.transfer_keys), user)
        named = {"asset": asset, "amount": str(amount), "idempotency_key": key}
        command = {
            "deposit": lambda: Command("api.deposit", {"user_id": user} | named),
            "withdrawal": lambda: of_user(user, "request_withdrawal", by_service, **named),
            "internal": lambda: of_user(user, "transfer", by_service, to_user_id=to, **named),
            "adjustment": lambda: Command(
                "portfolio.adjust", {"user_id": user, "reason": "a mistake"} | named, "tradebase_operator"
            ),
        }[kind]()
        self.do_under_key(
            command,
            lambda model, answer: model.take_in(
                Transfer(answer["id"] if answer else "?", user, kind, asset, amount, to), key
            ),
        )

    @precondition(lambda self: self.withdrawals())
    @rule(pick=picks, step=st.sampled_from(["send", "send", "complete", "complete", "cancel", "fail"]), whose=percent)
    def withdrawal(self, pick: int, step: str, whose: int) -> None:
        """Take a withdrawal a step on, or one that it must not go."""
        found = self.withdrawals()
        transfer = found[-1 - pick % len(found)]
        user = self.users[whose % 3] if whose < 10 else transfer.user
        ref = found[0].id if whose < 20 else transfer.id
        named = {"transfer_id": transfer.id}
        command, predict = {
            "send": (Command("api.send_withdrawal", named), lambda m: m.send(m.transfers[transfer.id])),
            "complete": (
                Command("api.complete_withdrawal", named | {"external_ref": ref}),
                lambda m: m.complete(m.transfers[transfer.id], ref),
            ),
            "cancel": (
                Command("api.cancel_withdrawal", named, "authenticated", user),
                lambda m: m.give_back(m.transfers[transfer.id], user, proof=False),
            ),
            "fail": (
                Command("api.cancel_withdrawal_for", named | {"user_id": user, "proof": "it came back"}),
                lambda m: m.give_back(m.transfers[transfer.id], user, proof=True),
            ),
        }[step]
        self.do(command, lambda model, _: predict(model))

    def withdrawals(self) -> list[Transfer]:
        """Return the withdrawals that were asked for."""
        return [transfer for transfer in self.model.transfers.values() if transfer.kind == "withdrawal"]

    # Transactions.

    @precondition(lambda self: self.before is None)
    @rule()
    def begin(self) -> None:
        """Begin a transaction: what follows may not last."""
        self.connection.execute("BEGIN")
        self.before = copy.deepcopy(self.model)

    @precondition(lambda self: self.before is not None)
    @rule(lasts=st.booleans())
    def end(self, lasts: bool) -> None:
        """Commit, or take back all that was done."""
        self.connection.execute("COMMIT" if lasts else "ROLLBACK")
        self.model = self.model if lasts else self.before
        self.before = None

    # The books.

    @invariant()
    def the_books_are_equal(self) -> None:
        """Compare all that is in the database with the model; now and then let it check itself too."""
        model = self.model
        balances = {
            key: (model.available[key], model.held[key])
            for key in model.available
            if model.available[key] or model.held[key]
        }
        symbols = [market.symbol for market in self.markets]
        with self.owner() as owner:
            there, orders, positions, transfers = (
                owner.execute(query, [self.users]).fetchall() for query in (BALANCES, ORDERS, POSITIONS, TRANSFERS)
            )
            sequences = owner.execute(SEQUENCES, [symbols]).fetchall()
        assert {row[:2]: row[2:] for row in there} == balances
        assert {row[0]: row[1:] for row in orders} == {
            o.id: (o.status, o.quantity, o.hold, o.filled, o.quote, o.fees, o.reason, o.requested, o.replaces)
            for o in model.orders.values()
        }
        assert {row[:2]: list(row[2:]) for row in positions} == model.positions
        assert {row[0]: row[1:] for row in transfers} == {
            t.id: (t.kind, t.status, t.amount, t.fee, t.sent) for t in model.transfers.values()
        }
        assert {row[0]: row[1:] for row in sequences} == {
            symbol: (len(log), len(model.trades.get(symbol, []))) for symbol, log in model.events.items()
        }
        if next(self.steps) % 25 == 0:
            self.check_integrity()

    def check_integrity(self) -> None:
        """Let the database check itself."""
        with self.owner() as owner:
            assert violations(owner) == []

    def teardown(self) -> None:
        """Leave nothing open that the next run would expire."""
        if self.before is not None:
            self.end(lasts=False)
        self.the_books_are_equal()
        self.expire()
        self.the_books_are_equal()
        self.check_integrity()


def arguments(request: Request, key: str | None) -> dict[str, str | bool]:
    """Return a request as a command has it."""
    given = {
        "market": request.market, "side": request.side, "type": "limit", "quantity": str(request.quantity),
        "price": str(request.price), "time_in_force": request.tif, "post_only": request.post_only,
        "client_order_id": key, "expires_at": request.expires_at,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def ids(placed: list[dict[str, object]], wanted: int) -> list[str]:
    """Return the ids of orders that were placed, as many names when they were not."""
    return [one["order"]["id"] for one in placed] or [f"?{n}" for n in range(wanted)]


def part_of(answer: object, expected: object) -> object:
    """Return of an answer what the model knows too."""
    if isinstance(expected, list):
        return [part_of(*pair) for pair in zip(answer, expected, strict=True)]
    if isinstance(expected, dict):
        return {name: part_of(answer[name], value) for name, value in expected.items()}
    return answer


def test_random_commands_do_what_the_model_says(
    database, seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whatever the order of the commands, and whether they last or are rolled back."""
    set_hypothesis_home_dir(tmp_path)  # it leaves nothing in the project
    outcomes: Counter[tuple[str, str]] = Counter()
    full = request.config.option.full
    with database.connect() as connection, localcontext(prec=80):
        run_state_machine_as_test(
            seeded(seed)(lambda: Trading(connection, outcomes)),
            settings=settings(
                max_examples=200 if full else 20,
                stateful_step_count=50,
                deadline=None,
                database=None,
                print_blob=True,
                # Five minutes are for who looks for a cause.
                phases=[Phase.generate, *([Phase.shrink] if full else [])],
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"{outcomes.total()} commands: {sorted(outcomes.items())}")
    # It was no idle day: everything was done, and given time, all was refused that may be.
    assert {kind for kind, _ in outcomes} == {kind for kind, outcome in outcomes if outcome == "done"}
    assert not full or {code for _, code in outcomes} >= REFUSALS
