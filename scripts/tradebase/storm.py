"""A storm: many clients on few users and markets, who collide on purpose, and what they may be refused for."""

import json
import random
import threading
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg

from tradebase.commands import Command, of_user, send

CLIENTS = 16
USERS = [str(uuid.UUID(int=0x57044 << 96 | 4 << 76 | 8 << 60 | number)) for number in range(1, 7)]
COINS = [f"STORM{number}" for number in range(1, 9)]
DOLLAR = "STORMUSD"
MARKETS = [f"{coin}-{DOLLAR}" for coin in COINS]
# Eight markets that share a dollar: of the last two the engine acknowledges, of the first the maker gets a rebate.
SET_UP = f"""
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_min, withdraw_fee)
SELECT a.code, a.code, 'crypto', 10, 2, 1, 0.25
FROM unnest('{{{DOLLAR},{",".join(COINS)}}}'::text[]) AS a (code);
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, engine_acks, tick_size, lot_size, maker_fee_rate,
    taker_fee_rate
)
SELECT
    b.code || '-{DOLLAR}', b.id, q.id, 'open', 'external', b.code >= 'STORM7', 0.01, 0.001,
    CASE b.code WHEN 'STORM1' THEN -0.0005 ELSE 0.001 END, 0.002
FROM market.assets AS b
JOIN market.assets AS q ON q.code = '{DOLLAR}'
WHERE b.code LIKE 'STORM_';
INSERT INTO auth.users (id) SELECT u.id FROM unnest('{{{",".join(USERS)}}}'::uuid[]) AS u (id);
"""
FUNDS = {DOLLAR: 6_000} | dict.fromkeys(COINS, 30)

# What the books allow to be refused when somebody else was faster, or was meant to be refused. Nothing else is.
REFUSALS = {
    "place_order": {"TR101", "TR204", "TR010"},  # TR010: what was good for a moment waited longer than that
    "place_orders": {"TR101", "TR204", "TR010"},
    "cancel_order": {"TR202"},
    "cancel_orders": {"TR202"},
    "cancel_all_orders": set(),
    "amend_order": {"TR004", "TR007", "TR101", "TR202", "TR204"},
    "settle_trades": {"TR203", "TR301", "TR302", "TR303", "TR305", "TR306"},
    "ack_order": set(),
    "expire_orders": set(),
    "deposit": {"TR401"},
    "request_withdrawal": {"TR101", "TR401"},
    "send_withdrawal": {"TR402"},
    "complete_withdrawal": {"TR402"},
    "cancel_withdrawal": {"TR402"},
    "transfer": {"TR101", "TR401"},
    "adjust": {"TR101", "TR401"},
    "bust_trade": {"TR101", "TR402", "TR404"},
}
# What may be sent again, and must then be done once.
KEYED = {
    "place_order", "place_orders", "settle_trades", "deposit", "request_withdrawal", "transfer", "adjust",
}  # fmt: skip


def set_up(owner: psycopg.Connection) -> None:
    """Make the markets and the users, and give each user a little of everything."""
    owner.execute(SET_UP)
    for user in USERS:
        for asset, amount in FUNDS.items():
            send(owner, Command("api.deposit", {
                "user_id": user, "asset": asset, "amount": str(amount), "idempotency_key": f"first:{asset}",
            }))  # fmt: skip


@dataclass
class Resting:
    """An open order as the clients remember it."""

    id: str
    key: str
    user: str
    market: str
    side: str
    price: Decimal
    left: Decimal
    rests: bool
    post_only: bool
    replaces: str | None


class Board:
    """What the clients tell each other. None of it is certain by the time it is used: that is the storm."""

    def __init__(self) -> None:
        """Know nothing."""
        self.lock = threading.Lock()
        self.orders: dict[str, Resting] = {}
        self.next_seq = dict.fromkeys(MARKETS, 1)
        self.withdrawals: deque[tuple[str, str]] = deque(maxlen=20)
        self.keyed: deque[Command] = deque(maxlen=100)

    def known(self, market: str | None = None) -> list[Resting]:
        """Return the orders that somebody placed and nobody saw end."""
        with self.lock:
            return [order for order in self.orders.values() if market in (None, order.market)]

    def see(self, order: dict[str, object]) -> None:
        """Keep an order that a command answered with, or forget it when it has ended."""
        with self.lock:
            if order["closed_at"]:
                self.orders.pop(order["id"], None)
                return
            self.orders[order["id"]] = Resting(
                order["id"], order["client_order_id"], order["user"], order["market"], order["side"],
                Decimal(order["price"]), Decimal(order["quantity"]) - Decimal(order["filled_quantity"]),
                order["time_in_force"] != "ioc", order["post_only"], order["replaces_order_id"],
            )  # fmt: skip

    def forget(self, ids: Iterable[str | None]) -> None:
        """Forget orders that have ended."""
        with self.lock:
            for order in ids:
                self.orders.pop(order, None)


@dataclass
class Client:
    """One of the clients: it draws commands from a seed of its own, sends them, and counts what comes of them."""

    number: int
    seed: int
    board: Board
    note: Callable[..., None] = lambda **_: None
    may_die: bool = False  # the server is going to be killed
    sent: int = 0
    backend: int = 0  # the process that serves it
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    brought: Counter[str] = field(default_factory=Counter)  # money from outside, by asset
    unexpected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw from the storm's seed and the client's own number."""
        self.random = random.Random(f"{self.seed}/{self.number}")  # noqa: S311 (to be repeated, not to be secret)

    # Drawing a command.

    def draw(self) -> Command:
        """Return the next command."""
        while True:
            kinds = {
                self.place: 26, self.place_many: 6, self.settle: 20, self.cancel: 7, self.cancel_many: 3,
                self.cancel_all: 1, self.amend: 7, self.expire: 2, self.ack: 3, self.deposit: 4, self.request: 4,
                self.send_out: 3, self.complete: 3, self.give_back: 3, self.transfer: 6, self.adjust: 1, self.bust: 1,
                self.again: 5, self.twisted: 2,
            }  # fmt: skip
            (kind,) = self.random.choices(list(kinds), kinds.values())
            command = kind()
            if command:
                return command

    def key(self, suffix: str = "") -> str:
        """Return a key that nobody has used."""
        return f"c{self.number}:{self.sent}{suffix}"

    def one_of(self, things: list) -> object:
        """Draw one of the things, None when there are none."""
        return self.random.choice(things) if things else None

    def of(self, user: str, function: str, **arguments: str | bool | None) -> Command:
        """Return a command of a user, sent by them or for them."""
        return of_user(user, function, self.random.random() < 0.5, **arguments)

    def request_order(self, key: str) -> dict[str, str | bool | None]:
        """Draw an order at a price that often meets another."""
        request = {
            "market": self.random.choice(MARKETS),
            "side": self.random.choice(["buy", "sell"]),
            "type": "limit",
            "quantity": str(Decimal(self.random.randint(100, 4000)) / 1000),
            "price": str(100 + Decimal(self.random.randint(-200, 200)) / 100),
            "client_order_id": key,
        }
        match self.random.random():
            case x if x < 0.06:
                request["time_in_force"] = "ioc"
            case x if x < 0.14:
                moment = datetime.now(UTC) + timedelta(milliseconds=self.random.randint(20, 400))
                request |= {"time_in_force": "gtd", "expires_at": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"}
            case x if x < 0.2:
                request["post_only"] = True
        return request

    def place(self) -> Command:
        """Place an order."""
        return self.of(self.random.choice(USERS), "place_order", **self.request_order(self.key()))

    def place_many(self) -> Command:
        """Place orders in several markets; one batch in ten has a bad one among them."""
        orders = [self.request_order(self.key(f":{n}")) for n in range(self.random.randint(2, 6))]
        if self.random.random() < 0.1:
            self.random.choice(orders)["quantity"] = "0"
        return self.of(self.random.choice(USERS), "place_orders", orders=json.dumps(orders))

    def cancel(self) -> Command | None:
        """Cancel an order by one of its names."""
        order = self.one_of(self.board.known())
        name = order and self.random.choice([{"order_id": order.id}, {"client_order_id": order.key}])
        return order and self.of(order.user, "cancel_order", **name)

    def cancel_many(self) -> Command:
        """Cancel orders of a user, in whatever markets."""
        user = self.random.choice(USERS)
        keys = [order.key for order in self.board.known() if order.user == user]
        chosen = self.random.sample(keys, min(len(keys), self.random.randint(1, 5)))
        return chosen and self.of(user, "cancel_orders", client_order_ids=f"{{{','.join(chosen)}}}")

    def cancel_all(self) -> Command:
        """Cancel all that a user has, or all in a market."""
        market = self.random.choice([None, *MARKETS])
        return Command("api.cancel_all_orders", {"market": market}, "authenticated", self.random.choice(USERS))

    def amend(self) -> Command | None:
        """Move an order to another price, or make it smaller where it stands.

        What came of a move is not made smaller: the move, sent again, would no longer find what it made.
        """
        order = self.one_of(self.board.known())
        if order and self.random.random() < 0.6:
            price = str(order.price + Decimal(self.random.randint(-50, 50)) / 100)
            return self.of(order.user, "amend_order", order_id=order.id, price=price, client_order_id=self.key())
        if order and order.left >= 1 and not order.replaces:
            return self.of(order.user, "amend_order", order_id=order.id, quantity=str(order.left / 2 // 1 + 1))
        return None

    def settle(self) -> Command | None:
        """Be the engine of a market or two; whoever else is it at this moment is too late, or we are."""
        batches = []
        for market in self.random.sample(MARKETS, self.random.randint(1, 2)):
            if events := self.events(market):
                gap = self.random.random() < 0.03
                first = self.board.next_seq[market] + gap
                batches.append({"market": market, "first_seq": str(first), "events": events})
        if not batches:
            return None
        if self.random.random() < 0.5:
            return Command("trading.settle_trades", {"batches": json.dumps(batches)}, "tradebase_engine")
        return Command("api.settle_trades", {"batches": json.dumps(batches)})

    def events(self, market: str) -> list[dict[str, str]]:
        """Match some orders that cross, as far as anybody knows; sometimes too much, or with oneself."""
        known = [replace(order) for order in self.board.known(market)]
        events = []
        for _ in range(self.random.randint(1, 5)):
            hostile = self.random.random() < 0.01
            crossing = [
                (buy, sell)
                for buy in known
                for sell in known
                if (buy.side, sell.side) == ("buy", "sell") and buy.price >= sell.price and min(buy.left, sell.left) > 0
                if (hostile or buy.user != sell.user) and not (buy.post_only and sell.post_only)
            ]
            if not crossing:
                break
            buy, sell = self.random.choice(crossing)
            maker, taker = (buy, sell) if buy.post_only or not sell.post_only else (sell, buy)
            most = min(buy.left, sell.left)
            part = most if self.random.random() < 0.5 else max(most // 2, Decimal("0.001"))
            quantity = most + 1 if hostile else part
            price = self.random.choice([buy.price, sell.price])
            events.append({
                "maker_order_id": maker.id, "taker_order_id": taker.id, "price": str(price), "quantity": str(quantity),
            })  # fmt: skip
            for order in (maker, taker):
                order.left -= quantity
                if order.left > 0 and not order.rests:
                    events.append({"order_id": order.id, "status": "expired", "reason": "ioc_remainder"})
                    order.left = Decimal(0)
        ending = self.one_of([order for order in known if order.left > 0])
        if ending and self.random.random() < 0.1:
            events.append({"order_id": ending.id, "status": "canceled", "reason": "self_trade"})
        return events

    def expire(self) -> Command:
        """End what is over."""
        return Command("trading.expire_orders", {"upto": "now"}, "tradebase_worker")

    def ack(self) -> Command | None:
        """Acknowledge an order, where the engine does and where it does not."""
        order = self.one_of(self.board.known(self.random.choice(MARKETS[5:])))
        return order and Command("trading.ack_order", {"order_id": order.id}, "tradebase_engine")

    def deposit(self) -> Command:
        """Bring money."""
        return Command("api.deposit", {"user_id": self.random.choice(USERS), **self.money(4)})

    def request(self) -> Command:
        """Ask for money back."""
        return self.of(self.random.choice(USERS), "request_withdrawal", **self.money(8))

    def money(self, most: int) -> dict[str, str]:
        """Draw an amount of an asset, about a hundred times as much in dollars."""
        asset = self.random.choice([DOLLAR, DOLLAR, *COINS])
        amount = Decimal(self.random.randint(100, 100 * most)) / 100 * (100 if asset == DOLLAR else 1)
        return {"asset": asset, "amount": str(amount), "idempotency_key": self.key()}

    def send_out(self) -> Command | None:
        """Take a withdrawal to send it."""
        _, transfer = self.one_of(list(self.board.withdrawals)) or (None, None)
        return transfer and Command("api.send_withdrawal", {"transfer_id": transfer})

    def complete(self) -> Command | None:
        """Say that a withdrawal has arrived."""
        _, transfer = self.one_of(list(self.board.withdrawals)) or (None, None)
        named = {"transfer_id": transfer, "external_ref": f"out:{transfer}"}
        return transfer and Command("api.complete_withdrawal", named)

    def give_back(self) -> Command | None:
        """Cancel a withdrawal: its user, or a service that can prove that it did not arrive."""
        user, transfer = self.one_of(list(self.board.withdrawals)) or (None, None)
        if transfer and self.random.random() < 0.5:
            named = {"user_id": user, "transfer_id": transfer, "proof": "returned"}
            return Command("api.cancel_withdrawal_for", named)
        return transfer and Command("api.cancel_withdrawal", {"transfer_id": transfer}, "authenticated", user)

    def transfer(self) -> Command:
        """Send money across."""
        sender, receiver = self.random.sample(USERS, 2)
        return self.of(sender, "transfer", to_user_id=receiver, **self.money(10))

    def adjust(self) -> Command:
        """Correct a balance."""
        named = {"user_id": self.random.choice(USERS), "reason": "storm"} | self.money(2)
        named["amount"] = self.random.choice(["", "-"]) + named["amount"]
        return Command("portfolio.adjust", named, "tradebase_operator")

    def bust(self) -> Command:
        """Take a trade back."""
        market = self.random.choice(MARKETS)
        seq = str(self.random.randint(1, self.board.next_seq[market]))
        return Command("trading.bust_trade", {"market": market, "trade_seq": seq, "reason": "storm"},
                       "tradebase_operator")  # fmt: skip

    def again(self) -> Command | None:
        """Send what somebody has sent, or is sending."""
        return self.one_of(list(self.board.keyed))

    def twisted(self) -> Command | None:
        """Send something else under a key that somebody uses."""
        command = self.again()
        twist = {"amount": "7", "quantity": "0.777"} if command else {}
        arguments = {name: twist.get(name, value) for name, value in command.arguments.items()} if command else {}
        return replace(command, arguments=arguments) if command and arguments != command.arguments else None

    # Sending it.

    def run(self, connect: Callable[[], psycopg.Connection], goes_on: Callable[[int], bool]) -> None:
        """Send commands, each drawn from what is known by then, as long as it goes on."""
        begun = self.sent
        with connect() as connection:
            self.backend = connection.info.backend_pid
            while goes_on(self.sent - begun):
                command = self.draw()
                self.sent += 1
                self.note(client=self.number, sent=self.sent, command=command.__dict__)
                if command.kind in KEYED:
                    self.board.keyed.append(command)
                if not self.try_to_send(connection, command):
                    return

    def try_to_send(self, connection: psycopg.Connection, command: Command) -> bool:
        """Send a command and keep what comes of it; say whether the server is still there."""
        try:
            answer = send(connection, command)
        except psycopg.Error as error:
            if connection.closed:
                if not self.may_die:
                    self.complain(command, error)
                return False
            self.note(client=self.number, sent=self.sent, refused=error.sqlstate)
            self.outcomes[command.kind, error.sqlstate] += 1
            if error.sqlstate not in REFUSALS[command.kind]:
                self.complain(command, error)
            self.learn_refusal(command, error)
        else:
            self.note(client=self.number, sent=self.sent, answer=answer)
            self.outcomes[command.kind, "done"] += 1
            self.learn(command, answer)
        return True

    def complain(self, command: Command, error: psycopg.Error) -> None:
        """Keep a refusal that should not be."""
        self.unexpected.append(
            f"client {self.number}, command {self.sent}: {error.sqlstate} {error.diag.message_primary or error} "
            f"{error.diag.message_detail or ''} {error.diag.context or ''} on {command}"
        )

    def learn(self, command: Command, answer: object) -> None:
        """Tell the others what a command did."""
        user = command.user or command.arguments.get("user_id")
        match command.kind:
            case "place_order":
                self.board.see(answer["order"] | {"user": user})
            case "place_orders":
                for placed in answer:
                    self.board.see(placed["order"] | {"user": user})
            case "amend_order":
                self.board.forget([command.arguments["order_id"]])
                self.board.see(answer | {"user": user})
            case "cancel_order":
                self.board.see(answer | {"user": user})
            case "cancel_orders":
                for order in answer:
                    self.board.see(order | {"user": user})
            case "deposit" | "adjust" if not answer["replayed"]:
                self.brought[answer["asset"]] += Decimal(answer["amount"])
            case "complete_withdrawal" if not answer["replayed"]:
                self.brought[answer["asset"]] -= Decimal(answer["amount"]) + Decimal(answer["fee"])
            case "request_withdrawal":
                self.board.withdrawals.append((user, answer["id"]))
            case "settle_trades":
                self.learn_trades(command, answer)

    def learn_trades(self, command: Command, answer: list[dict[str, object]]) -> None:
        """Tell the others what was traded, where it was not known yet."""
        batches = {batch["market"]: batch for batch in json.loads(command.arguments["batches"])}
        with self.board.lock:
            for settled in answer:
                market, events = settled["market"], batches[settled["market"]]["events"]
                self.board.next_seq[market] = max(self.board.next_seq[market], settled["last_seq"] + 1)
                for event in events[len(events) - settled["applied"] :]:
                    self.board.orders.pop(event.get("order_id"), None)
                    for side in ("maker_order_id", "taker_order_id"):
                        if order := self.board.orders.get(event.get(side)):
                            order.left -= Decimal(event["quantity"])
                            if order.left <= 0:
                                del self.board.orders[order.id]

    def learn_refusal(self, command: Command, error: psycopg.Error) -> None:
        """Tell the others of what a refusal says that it has ended, or where a market is."""
        said = json.loads(error.diag.message_detail or "{}") if (error.sqlstate or "").startswith("TR") else {}
        if error.sqlstate in ("TR303", "TR305", "TR203") and "event" in said:
            batches = {batch["market"]: batch for batch in json.loads(command.arguments["batches"])}
            event = batches[said["market"]]["events"][said["event"]]
            self.board.forget(event.get(name) for name in ("maker_order_id", "taker_order_id", "order_id"))
        elif error.sqlstate == "TR301":
            self.board.next_seq[said["market"]] = said["expected"]
        elif error.sqlstate == "TR202":
            self.board.forget([command.arguments.get("order_id"), said.get("order_id")])


WAITS = """
SELECT a.wait_event, count(*)
FROM pg_stat_activity AS a
WHERE a.datname = current_database() AND cardinality(pg_blocking_pids(a.pid)) > 0
GROUP BY a.wait_event
"""


@dataclass
class Storm:
    """What a storm came to."""

    clients: list[Client]
    waits: Counter[str] = field(default_factory=Counter)
    violations: list[tuple] = field(default_factory=list)
    checks: int = 0

    @property
    def outcomes(self) -> Counter[tuple[str, str]]:
        """How often each kind of command was done, or refused with which code."""
        return sum((client.outcomes for client in self.clients), Counter())

    @property
    def unexpected(self) -> list[str]:
        """Every refusal that should not have been."""
        return [complaint for client in self.clients for complaint in client.unexpected]


def rage(
    connect: Callable[[], psycopg.Connection],
    clients: list[Client],
    goes_on: Callable[[int], bool],
    as_owner: Callable[[], psycopg.Connection] | None = None,
) -> Storm:
    """Let the clients send commands at once as long as it goes on, and read waits and books meanwhile.

    `as_owner` connects who reads, where clients come in by another way.
    """
    storm, over, as_owner = Storm(clients), threading.Event(), as_owner or connect

    def watch() -> None:
        with as_owner() as owner:
            while not over.wait(0.01):
                storm.waits.update(dict(owner.execute(WAITS).fetchall()))

    def verify() -> None:
        with as_owner() as owner:
            while not over.is_set():
                storm.violations += violations(owner)
                storm.checks += 1

    with ThreadPoolExecutor(len(clients) + 2) as threads:
        readers = [threads.submit(watch), threads.submit(verify)]
        running = [threads.submit(client.run, connect, goes_on) for client in clients]
        try:
            for thread in running:
                thread.result()
        finally:
            over.set()
        for thread in readers:
            thread.result()
    return storm


def violations(owner: psycopg.Connection) -> list[tuple]:
    """Return the integrity checks that count something; there must be checks."""
    checks = owner.execute("SELECT check_name, bad_count, sample FROM ops.verify_integrity()").fetchall()
    if not checks:
        raise AssertionError("ops.verify_integrity() checks nothing")
    return [check for check in checks if check[1] != 0]


def conserved(owner: psycopg.Connection, storm: Storm) -> list[tuple]:
    """Return the assets of which customers have other than they brought, less the fees of trades that count."""
    brought = Counter()
    for client in storm.clients:
        brought.update(client.brought)
    held = dict(
        owner.execute(
            """
            SELECT a.code, sum(b.available + b.held)
            FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
            GROUP BY a.code
            """
        )
    )
    fees = dict(
        owner.execute(
            """
            SELECT a.code, sum(f.fee)
            FROM trading.fills AS f JOIN market.assets AS a ON a.id = f.fee_asset_id
            WHERE NOT EXISTS (SELECT FROM trading.trade_busts AS b WHERE b.trade_id = f.trade_id)
            GROUP BY a.code
            """
        )
    )
    expected = {asset: len(USERS) * funds + brought[asset] - fees.get(asset, 0) for asset, funds in FUNDS.items()}
    return [(asset, held[asset], expected[asset]) for asset in FUNDS if held[asset] != expected[asset]]
