"""Pairs of commands that share rows, and the scene in which they meet: fresh users, markets and orders each time.

They are cases 5 to 10 of section 4 of domain.md, as far as several sessions can tell: what one session can, replays,
suffixes, gaps and every refusal of a settlement, tests/trading/settle_trades.sql tells.
"""

import json
import re
from dataclasses import dataclass

from exchange import Exchange
from psycopg import ClientCursor

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?")

# A holds 400.8 of her 1000 dollars for buy, B 4 of his 10 coins for sell; in the other market it is the other way
# round. Neither has ever had what they are about to get: a settlement makes the first balance of it.
MARKETS = """
INSERT INTO market.markets (
    symbol, venue, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, maker_fee_rate, taker_fee_rate
)
SELECT
    upper(%(venue)s) || ':' || b.code || '-R1USD', %(venue)s, b.id, q.id, 'open', 'external', 0.01, 0.001, 0.001, 0.002
FROM market.assets AS b, market.assets AS q
WHERE b.code IN ('R1BTC', 'R1ETH') AND q.code = 'R1USD'
ORDER BY b.code
RETURNING id
"""
ORDERS = """
SELECT
    portfolio.deposit(%(a)s, 'R1USD', 1000, 'start'), portfolio.deposit(%(a)s, 'R1ETH', 10, 'start:eth'),
    portfolio.deposit(%(b)s, 'R1USD', 1000, 'start'), portfolio.deposit(%(b)s, 'R1BTC', 10, 'start:btc'),
    trading.place_order_for(%(a)s, %(btc)s, 'buy', 'limit', 4, 100) #>> '{order,id}' AS buy,
    trading.place_order_for(%(b)s, %(btc)s, 'sell', 'limit', 4, 100) #>> '{order,id}' AS sell,
    trading.place_order_for(%(b)s, %(eth)s, 'buy', 'limit', 4, 50) #>> '{order,id}' AS eth_buy,
    trading.place_order_for(%(a)s, %(eth)s, 'sell', 'limit', 4, 50) #>> '{order,id}' AS eth_sell
"""
# Everything that commands write, but for what differs from run to run: the server's numbers.
STATE = """
SELECT table_name || ' ' || (content - '{id,seq,market_id}'::text[]) FROM (
    SELECT 'orders' AS table_name, to_jsonb(t) AS content FROM trading.orders AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'client_orders', to_jsonb(t) - 'request_hash'
    FROM trading.client_orders AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'fills', to_jsonb(t) FROM trading.fills AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'positions', to_jsonb(t) FROM trading.positions AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'balances', to_jsonb(t) FROM portfolio.balances AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'ledger_entries', to_jsonb(t) FROM portfolio.ledger_entries AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'transfers', to_jsonb(t) FROM portfolio.transfers AS t WHERE t.user_id = ANY (%(users)s)
    UNION ALL
    SELECT 'trades', to_jsonb(t) FROM trading.trades AS t WHERE t.market_id = ANY (%(markets)s)
    UNION ALL
    SELECT 'market_state', to_jsonb(t) FROM market.market_state AS t WHERE t.market_id = ANY (%(markets)s)
    UNION ALL
    SELECT 'engine_commands', to_jsonb(t) FROM trading.engine_commands AS t WHERE t.market_id = ANY (%(markets)s)
) AS written (table_name, content)
"""


class Scene:
    """Two users with orders in two markets of their own; `names` stand in commands as %(name)s."""

    def __init__(self, exchange: Exchange, number: int) -> None:
        """Make it: the users' ids begin with the number, the markets' venue is s and the number."""
        self.exchange, self.number = exchange, number
        users = {name: f"{number:08x}-0000-4000-8000-00000000000{name}" for name in "ab"}
        exchange.owner.execute("INSERT INTO auth.users (id) VALUES (%(a)s), (%(b)s)", users)
        self.markets = [market for (market,) in exchange.owner.execute(MARKETS, {"venue": f"s{number}"})]
        self.names = users | {"btc": f"S{number}:R1BTC-R1USD", "eth": f"S{number}:R1ETH-R1USD"}
        *_, buy, sell, eth_buy, eth_sell = exchange.owner.execute(ORDERS, self.names).fetchone()
        self.names |= {"buy": buy, "sell": sell, "eth_buy": eth_buy, "eth_sell": eth_sell}

    def without_names(self, *said: object) -> str:
        """Return what was said as it would be in every scene: other ids numbered as they appear, and no times."""
        text = json.dumps(said, sort_keys=True, default=str)
        for name, value in self.names.items():
            text = text.replace(value, name)
        numbers: dict[str, str] = {}
        text = UUID.sub(lambda found: numbers.setdefault(found[0], f"#{len(numbers) + 1}"), text)
        return MOMENT.sub("then", text)

    def state(self, user: str | None = None) -> tuple[str, ...]:
        """Return every row that is there, or of one user, as it would be in every scene."""
        whose = (
            {"users": [self.names[user]], "markets": [0]}
            if user
            else {"users": [self.names["a"], self.names["b"]], "markets": self.markets}
        )
        rows = self.exchange.owner.execute(STATE, whose)
        return tuple(sorted(self.without_names(row) for (row,) in rows))


@dataclass(frozen=True)
class Command:
    """What a role asks for."""

    role: str
    query: str


def trade(maker: str, taker: str, price: int, quantity: int) -> str:
    """Return an event of the engine as SQL."""
    return (
        f"jsonb_build_object('maker_order_id', %({maker})s, 'taker_order_id', %({taker})s, "
        f"'price', '{price}', 'quantity', '{quantity}')"
    )


def settle(*batches: tuple[str, int, list[str]]) -> Command:
    """Return the settlement of a market, the number of the first event and the events, of one market or several."""
    elements = [
        f"jsonb_build_object('market', %({market})s, 'first_seq', {first}, 'events', "
        f"jsonb_build_array({', '.join(events)}))"
        for market, first, events in batches
    ]
    return Command("service_role", f"SELECT api.settle_trades(jsonb_build_array({', '.join(elements)}))")


def service(query: str) -> Command:
    """Return a command of a service."""
    return Command("service_role", f"SELECT api.{query}")


def in_transaction(command: Command, end: str) -> list[str]:
    """Return the steps of a session: a transaction of one command, and its end."""
    return [f"BEGIN; SET LOCAL ROLE {command.role}; {command.query}", end]


def codes(answers: list[object]) -> tuple[str, ...]:
    """Return the SQLSTATE of what was refused, and ok for what was not."""
    return tuple(answer if isinstance(answer, str) else "ok" for answer in answers)


BUY_ALL = trade("buy", "sell", 100, 4)
BUY_SOME = trade("buy", "sell", 100, 1)
BUY_MOST = trade("buy", "sell", 100, 3)
ETH_ALL = trade("eth_buy", "eth_sell", 50, 4)
CANCEL = service("cancel_order_for(%(a)s, %(buy)s)")
# NULL, what was due ended meanwhile, says in other words that nothing was ended: nothing else is due here.
EXPIRE = Command("tradebase_worker", "SELECT coalesce(trading.expire_orders(clock_timestamp()), 0)")
AMEND = service("amend_order_for(%(a)s, %(buy)s, price => 99, client_order_id => 'key')")
SUBMIT = service("place_order_for(%(a)s, %(btc)s, 'buy', 'limit', 1, 100, client_order_id => 'key')")


@dataclass(frozen=True)
class Pair:
    """Two commands, a third, and what is expected of them.

    `serial`: what the two answer when the first goes first, and when the second does; `third`: what the third answers.
    `waits`: which of the two, when it comes first, waits for a lock of test_blockers.py; for what is not named neither
    does. `plays`: how many of the 80 orders of two sessions are left when who waits is waited for.
    """

    commands: tuple[Command, Command, Command]
    serial: tuple[tuple[str, str], tuple[str, str]]
    third: set[str]
    waits: dict[str, tuple[bool, bool]]
    plays: int = 56
    setup: str = "SELECT"

    def scene(self, exchange: Exchange, number: int) -> Scene:
        """Return a new scene in which the commands make sense."""
        scene = Scene(exchange, number)
        ClientCursor(exchange.owner).execute(self.setup, scene.names)
        return scene


BOTH, FIRST, SECOND = (True, True), (True, False), (False, True)
PAIRS = {
    "cancel and settle": Pair(
        (CANCEL, settle(("btc", 1, [BUY_ALL])), CANCEL),
        serial=(("ok", "TR303"), ("TR202", "ok")),
        third={"ok", "TR202"},
        waits={"market": BOTH, "balance": BOTH, "order": BOTH},
    ),
    "amend and settle": Pair(
        (
            service("amend_order_for(%(a)s, %(buy)s, price => 101, client_order_id => 'key')"),
            settle(("btc", 1, [BUY_SOME])),
            service("amend_order_for(%(a)s, %(buy)s, quantity => 2)"),
        ),
        serial=(("ok", "TR303"), ("ok", "ok")),
        third={"ok", "TR202"},
        waits={"client key": FIRST, "market": BOTH, "balance": BOTH, "order": BOTH},
    ),
    "expire and settle": Pair(
        (EXPIRE, settle(("btc", 1, [BUY_ALL])), EXPIRE),
        serial=(("ok", "TR303"), ("ok", "ok")),
        third={"ok"},
        waits={"market": BOTH, "balance": BOTH, "order": BOTH},
        # Only her order is due: what a schedule before this one has rolled back is ended first.
        setup="""
        SELECT trading.expire_orders(clock_timestamp());
        UPDATE partitions.orders_open SET expires_at = created_at WHERE id = %(buy)s
        """,
    ),
    "withdraw and place": Pair(
        (
            service("request_withdrawal_for(%(a)s, 'R1USD', 400, 'key')"),
            service("place_order_for(%(a)s, %(btc)s, 'buy', 'limit', 3, 100, client_order_id => 'key')"),
            service("place_order_for(%(a)s, %(btc)s, 'buy', 'limit', 2, 100)"),
        ),
        serial=(("ok", "TR101"), ("TR101", "ok")),
        third={"ok", "TR101"},
        waits={"client key": SECOND, "transfer key": FIRST, "market": SECOND, "balance": BOTH},
    ),
    "two submits of one key": Pair(
        (
            SUBMIT,
            SUBMIT,
            service("place_order_for(%(a)s, %(btc)s, 'buy', 'limit', 2, 100, client_order_id => 'key')"),
        ),
        serial=(("ok", "ok"), ("ok", "ok")),
        third={"ok", "TR204"},
        waits={"client key": BOTH, "market": BOTH, "balance": BOTH},
    ),
    "amend and submit under one key": Pair(
        (
            AMEND,
            SUBMIT,
            AMEND,
        ),
        serial=(("ok", "TR204"), ("TR204", "ok")),
        third={"ok", "TR204"},
        waits={"client key": BOTH, "market": BOTH, "balance": BOTH, "order": FIRST},
    ),
    "one batch twice": Pair(
        (
            settle(("btc", 1, [BUY_SOME, BUY_SOME])),
            settle(("btc", 1, [BUY_SOME, BUY_SOME])),
            # Half of it is old when it comes after them, and it leaves a gap when it comes before.
            settle(("btc", 2, [BUY_SOME, BUY_SOME])),
        ),
        serial=(("ok", "ok"), ("ok", "ok")),
        third={"ok", "TR301"},
        waits={"market": BOTH, "balance": BOTH, "order": BOTH},
    ),
    "two batches over one rest": Pair(
        (
            settle(("btc", 1, [BUY_MOST])),
            settle(("btc", 2, [BUY_MOST])),
            settle(("btc", 2, [BUY_SOME])),
        ),
        serial=(("ok", "TR305"), ("ok", "TR301")),
        third={"ok", "TR301"},
        plays=68,
        # The second finds a gap before it looks at money.
        waits={"market": BOTH, "balance": FIRST, "order": FIRST},
    ),
    "batches of two markets": Pair(
        (
            settle(("btc", 1, [BUY_ALL])),
            settle(("eth", 1, [ETH_ALL])),
            settle(("eth", 1, [ETH_ALL]), ("btc", 1, [BUY_ALL])),
        ),
        serial=(("ok", "ok"), ("ok", "ok")),
        third={"ok"},
        waits={"market": FIRST, "balance": BOTH, "order": FIRST},
    ),
    "transfers crosswise": Pair(
        (
            service("transfer_for(%(a)s, %(b)s, 'R1USD', 500, 'key')"),
            service("transfer_for(%(b)s, %(a)s, 'R1USD', 700, 'key')"),
            service("transfer_for(%(a)s, %(b)s, 'R1USD', 800, 'other')"),
        ),
        serial=(("ok", "ok"), ("ok", "ok")),
        third={"ok", "TR101"},
        waits={"transfer key": FIRST, "balance": BOTH},
    ),
}
