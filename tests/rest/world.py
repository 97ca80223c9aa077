"""Markets, users with money, and who asks: everything that a test needs in front of PostgREST."""

import json
import uuid
from dataclasses import dataclass, field
from itertools import count

import httpx
from clients import Answer, JavaScript, Python

from tradebase.postgrest import Door, Rest

MARKETS = """
INSERT INTO market.assets (code, name, kind, scale, display_scale, withdraw_fee)
VALUES ('RUSD', 'Dollar', 'fiat', 18, 2, 0.5), ('RBTC', 'Coin', 'crypto', 9, 8, 0), ('RETH', 'Coin', 'crypto', 9, 8, 0);
INSERT INTO market.markets (
    symbol, base_asset_id, quote_asset_id, status, engine, engine_acks, tick_size, lot_size, taker_fee_rate,
    max_open_orders
)
SELECT v.base || '-RUSD', b.id, q.id, 'open', 'external', v.acks, 0.000000001, 0.000000001, 0.001, 100000
FROM (VALUES ('RBTC', FALSE), ('RETH', TRUE)) AS v (base, acks)
JOIN market.assets AS b ON b.code = v.base
JOIN market.assets AS q ON q.code = 'RUSD';
"""
BTC, ETH = "RBTC-RUSD", "RETH-RUSD"
# Eighteen decimals, and eleven digits before them: no float has room for it.
FORTUNE = "12345678901.123456789012345678"
STAFF = ("tradebase_operator", "tradebase_support", "tradebase_auditor", "tradebase_reporter")
SERVICES = ("service_role", "tradebase_engine")
HTTP = httpx.Client(timeout=60)


@dataclass(frozen=True)
class Asker:
    """Somebody with a token, and the client that they ask with."""

    client: Python | JavaScript
    door: Door
    token: str
    calls: list[tuple[str, dict]] = field(default_factory=list)

    def ask(self, *steps: list) -> Answer:
        """Chain calls as supabase-js has them, and return what came of it."""
        return self.client.ask(self.door.url, self.token, list(steps))

    def read(self, view: str, select: str = "*", *steps: list) -> Answer:
        """Select from a view."""
        return self.ask(["from", view], ["select", select], *steps)

    def call(self, function: str, **arguments: object) -> object:
        """Call a function that must succeed, and return what it answers."""
        answer = self.refused(function, **arguments)
        assert answer.code is None, f"{function}({arguments}): {answer}"
        return answer.data

    def refused(self, function: str, **arguments: object) -> Answer:
        """Call a function, and return the whole answer."""
        self.calls.append((function, arguments))
        return self.ask(["rpc", function, arguments])


class World:
    """The database behind the two doors, seen by one client."""

    users = count(1)

    def __init__(self, database, rest: Rest, client: Python | JavaScript) -> None:
        """Make the markets, once per database."""
        self.rest, self.client = rest, client
        self.owner = database.connect()
        # What was asked, to be asked again by others.
        self.calls: list[tuple[str, dict]] = []
        if not self.value("SELECT count(*) FROM market.assets WHERE code = 'RUSD'"):
            self.owner.execute(MARKETS)
        self.bystander = self.user()

    def close(self) -> None:
        """End the owner's session."""
        self.owner.close()

    def value(self, query: str, *values: object) -> object:
        """Return the one value of a query of the owner's."""
        return self.owner.execute(query, values).fetchone()[0]

    def user(self, **funds: str) -> uuid.UUID:
        """Return a new user, who owns a thousand of everything unless told otherwise."""
        user = uuid.uuid5(uuid.NAMESPACE_URL, f"rest:{next(World.users)}")
        self.owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
        for asset, amount in (funds or dict.fromkeys(("RUSD", "RBTC", "RETH"), "1000")).items():
            self.value("SELECT portfolio.deposit(%s, %s, %s, %s)", user, asset, amount, f"fund:{asset}")
        return user

    def asker(self, door: Door, token: str) -> Asker:
        """Return who asks with a token at a door."""
        return Asker(self.client, door, token, self.calls)

    def person(self, user: uuid.UUID | None = None, **claims: object) -> Asker:
        """Return a user who is signed in, a new one unless told who."""
        return self.asker(self.rest.people, self.rest.people.token("authenticated", user or self.user(), **claims))

    def employee(self, role: str) -> uuid.UUID:
        """Return a new user who has a role of staff."""
        user = self.user()
        self.value("SELECT identity.grant_staff_role(%s, %s, 'hired')", user, role)
        return user

    def nobody(self) -> Asker:
        """Return who has not signed in; a client cannot be without a token, so it has one for anon."""
        return self.asker(self.rest.people, self.rest.people.token("anon"))

    def staff(self, role: str, user: uuid.UUID | None = None) -> Asker:
        """Return a member of staff."""
        return self.asker(self.rest.people, self.rest.people.token(role, user))

    def service(self, role: str = "service_role") -> Asker:
        """Return a service, or the engine."""
        return self.asker(self.rest.services, self.rest.services.token(role))

    def engine(self) -> Asker:
        """Return the engine."""
        return self.service("tradebase_engine")

    def next_seq(self, market: str = BTC) -> int:
        """Return the number of the engine's next event."""
        return self.value(
            "SELECT coalesce((SELECT last_engine_seq FROM market.market_state JOIN market.markets ON id = market_id "
            "WHERE symbol = %s), 0) + 1",
            market,
        )

    def trade(self, buyer: Asker, seller: Asker, price: str, quantity: str) -> list[str]:
        """Have two users trade, and return their orders: the buyer's rests, the seller takes it."""
        orders = [
            who.call("place_order", market=BTC, side=side, type="limit", quantity=quantity, price=price)["order"]["id"]
            for who, side in ((buyer, "buy"), (seller, "sell"))
        ]
        event = {"maker_order_id": orders[0], "taker_order_id": orders[1], "price": price, "quantity": quantity}
        batch = {"market": BTC, "first_seq": self.next_seq(), "events": [event]}
        assert self.engine().call("settle_trades", batches=[batch])[0]["applied"] == 1
        return orders


def ask_raw(
    door: Door, path: str, token: str | None = None, method: str = "GET", body: object = None, **headers: str
) -> httpx.Response:
    """Ask PostgREST itself: with a token or none, with a body that is JSON or text already."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
        body = body if isinstance(body, str) else json.dumps(body)
    return HTTP.request(method, door.url + path, headers=headers, content=body)


def call_raw(door: Door, function: str, arguments: dict, token: str | None = None) -> httpx.Response:
    """Call a function by PostgREST itself."""
    return ask_raw(door, f"/rpc/{function}", token, "POST", arguments)
