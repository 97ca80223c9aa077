"""Every function of api is called by who may call it, through both clients, and refused to everybody else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from clients import CLIENTS
from world import BTC, ETH, SERVICES, STAFF, Asker, World, call_raw

pytestmark = [
    pytest.mark.xdist_group("rest"),
    pytest.mark.parametrize("client", CLIENTS, indirect=True, scope="session"),
]

CALLS: dict[str, Callable[[World], None]] = {}
ORDER = {"market": BTC, "side": "buy", "type": "limit", "quantity": "0.123456789", "price": "10.000000001"}
# What is money in an answer, wherever it stands: text, or nothing.
MONEY = {
    "price", "quantity", "filled_quantity", "filled_quote", "fee_total", "hold", "quote_quantity", "fee", "fee_rate",
    "realized_pnl", "amount", "available", "held", "total", "d_available", "d_held", "available_after", "held_after",
    "open", "high", "low", "close", "base_volume", "quote_volume",
    "equity", "cash", "positions_value", "unrealized_pnl", "realized_pnl_cum", "fees_cum", "net_flow_cum", "net_flow",
    "mark_price",
}  # fmt: skip
# What is a ratio.
RATIOS = {"period_return"}


def called(call: Callable[[World], None]) -> Callable[[World], None]:
    """Keep a function below as the call of the api function of its name."""
    CALLS[call.__name__] = call
    return call


def place(asker: Asker, **different: object) -> dict:
    """Place an order and return it."""
    return asker.call("place_order", **(ORDER | different))["order"]


@called
def place_order(world: World) -> None:
    """Place once under a name: what is sent again is answered with the same order."""
    mine = world.person()
    first = mine.call("place_order", **ORDER, client_order_id="mine")
    again = mine.call("place_order", **ORDER, client_order_id="mine")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["order"]["id"] == again["order"]["id"]
    assert (first["order"]["price"], first["order"]["quantity"]) == ("10.000000001", "0.123456789")


@called
def place_order_for(world: World) -> None:
    """Place for a user, whose order it is."""
    user = world.user()
    order = world.service().call("place_order_for", user_id=str(user), **ORDER)["order"]
    assert world.person(user).read("open_orders", "id").data == [{"id": order["id"]}]


@called
def place_orders(world: World) -> None:
    """Place all, or, when one of them is refused, none."""
    mine = world.person()
    refused = mine.refused("place_orders", orders=[ORDER, ORDER | {"price": "-1"}])
    assert refused.code == "TR010"
    assert mine.read("open_orders", "id").data == []
    mine.call("place_orders", orders=[ORDER, ORDER | {"price": "11"}])
    assert mine.read("open_orders", "price::text", ["order", "price"]).data == [
        {"price": "10.000000001"},
        {"price": "11"},
    ]


@called
def place_orders_for(world: World) -> None:
    """Place all for a user."""
    user = world.user()
    world.service().call("place_orders_for", user_id=str(user), orders=[ORDER, ORDER])
    assert len(world.person(user).read("open_orders", "id").data) == 2


@called
def cancel_order(world: World) -> None:
    """End an order as its owner, which nobody else can."""
    mine, other = world.person(), world.person()
    order = place(mine)
    assert other.refused("cancel_order", order_id=order["id"]).code == "TR201"
    assert mine.call("cancel_order", order_id=order["id"])["status"] == "canceled"


@called
def cancel_order_for(world: World) -> None:
    """End an order for its owner."""
    user = world.user()
    order = place(world.person(user))
    assert world.service().call("cancel_order_for", user_id=str(user), order_id=order["id"])["status"] == "canceled"


@called
def cancel_orders(world: World) -> None:
    """End all, or none."""
    mine, other = world.person(), world.person()
    ids = [place(mine)["id"], place(mine)["id"]]
    assert mine.refused("cancel_orders", order_ids=[*ids, place(other)["id"]]).code == "TR201"
    assert len(mine.read("open_orders", "id").data) == 2
    mine.call("cancel_orders", order_ids=ids)
    assert mine.read("open_orders", "id").data == []


@called
def cancel_orders_for(world: World) -> None:
    """End by name, for a user."""
    user = world.user()
    mine = world.person(user)
    place(mine, client_order_id="a")
    world.service().call("cancel_orders_for", user_id=str(user), client_order_ids=["a"])
    assert mine.read("open_orders", "id").data == []


@called
def cancel_all_orders(world: World) -> None:
    """End all of one side, and say how many."""
    mine = world.person()
    place(mine)
    place(mine)
    place(mine, side="sell", price="1000")
    assert mine.call("cancel_all_orders", market=BTC, side="buy") == 2
    assert mine.read("open_orders", "side").data == [{"side": "sell"}]


@called
def amend_order(world: World) -> None:
    """Want less, in place."""
    mine = world.person()
    order = place(mine)
    mine.call("amend_order", order_id=order["id"], quantity="0.1")
    assert mine.read("open_orders", "id, quantity::text").data == [{"id": order["id"], "quantity": "0.1"}]


@called
def amend_order_for(world: World) -> None:
    """Want another price, which is another order."""
    user = world.user()
    mine = world.person(user)
    order = place(mine)
    world.service().call("amend_order_for", user_id=str(user), order_id=order["id"], price="9")
    assert mine.read("open_orders", "price::text, replaces_order_id").data == [
        {"price": "9", "replaces_order_id": order["id"]}
    ]


@called
def market_summary(world: World) -> None:
    """Look at a market without signing in; whatever happens makes its version a later one."""

    def look() -> tuple[str, int]:
        summary = world.nobody().call("market_summary", market=BTC, depth=1000)
        assert (summary["market"], summary["status"]) == (BTC, "open")
        return summary["version"], sum(orders for price, _, orders in summary["bids"] if price == "9.000000004")

    version, orders = look()
    place(world.person(), price="9.000000004", quantity="0.5")
    later, more = look()
    assert (version < later, more) == (True, orders + 1)


@called
def order_book(world: World) -> None:
    """Read the book without signing in, by price, with nobody in it."""
    place(world.person(), price="9.000000003", quantity="0.5")
    best = world.nobody().call("order_book", market=BTC, depth=1000)["bids"]
    assert "9.000000003" in [level[0] for level in best]


@called
def settle_trades(world: World) -> None:
    """Settle once, however often it is said."""
    mine, other = world.person(), world.person()
    world.trade(mine, other, "10", "0.5")
    _, arguments = next(call for call in reversed(world.calls) if call[0] == "settle_trades")
    assert world.service().call("settle_trades", **arguments)[0]["applied"] == 0
    assert len(mine.read("fills", "id").data) == 1


@called
def set_mark_price(world: World) -> None:
    """Say what a market is worth; what comes late does not count."""
    service = world.service()
    now = world.value("SELECT to_json(clock_timestamp()) #>> '{}'")
    assert service.call("set_mark_price", market=ETH, price="50.25", at=now)["is_set"] is True
    late = service.call("set_mark_price", market=ETH, price="1", at="2026-01-01T00:00:00Z")
    assert (late["is_set"], late["mark_price"]) == (False, "50.25")


@called
def equity_curve(world: World) -> None:
    """Read my own curve: what came in, and what the rest made."""
    user = world.user()
    for day, equity, flow in ((1, "100.5", "0"), (2, "161.05", "50")):
        world.value(
            "INSERT INTO portfolio.portfolio_snapshots (user_id, kind, taken_at, reporting_asset_id, equity, cash, "
            "positions_value, unrealized_pnl, realized_pnl_cum, fees_cum, net_flow_cum, holdings) "
            "SELECT %s, 'intraday', date_trunc('month', now()) + %s * INTERVAL '1 hour', id, %s::numeric, %s::numeric, "
            "0, 0, 0, 0, %s::numeric, '{}' FROM market.assets WHERE code = 'RUSD' RETURNING 1",
            user,
            day,
            equity,
            equity,
            flow,
        )
    curve = world.person(user).call("equity_curve", kind="intraday", max_rows=10)
    assert [(point["equity"], point["net_flow"]) for point in curve] == [("161.05", "50"), ("100.5", None)]
    assert curve[0]["period_return"] == pytest.approx(10.55 / 150.5)
    assert world.person().call("equity_curve", kind="intraday") == []


@called
def engine_feed(world: World) -> None:
    """Read as the engine what there is to do, and not for whom."""
    order = place(world.person(), market=ETH)
    fed = world.engine().call("engine_feed", market=ETH, after=0, max_rows=1000)
    mine = [row for row in fed if row["order_id"] == order["id"]]
    assert [row["kind"] for row in mine] == ["place"]
    assert mine[0]["payload"]["price"] == ORDER["price"]
    assert "user_id" not in mine[0]["payload"]


@called
def ack_order(world: World) -> None:
    """Open what was pending."""
    mine = world.person()
    order = place(mine, market=ETH)
    assert order["status"] == "pending"
    assert world.engine().call("ack_order", order_id=order["id"]) is True
    assert mine.read("open_orders", "status").data == [{"status": "open"}]


@called
def close_order(world: World) -> None:
    """End an order as the engine; its owner reads why."""
    mine = world.person()
    order = place(mine, market=ETH)
    world.engine().call(
        "close_order", order_id=order["id"], status="rejected", reason="engine_reject", seq=world.next_seq(ETH)
    )
    assert mine.read("order_history", "close_reason").data == [{"close_reason": "engine_reject"}]


@called
def list_orders(world: World) -> None:
    """List what has ended, newest first."""
    mine = world.person()
    orders = [place(mine)["id"], place(mine)["id"]]
    for order in orders:
        mine.call("cancel_order", order_id=order)
    newest = mine.call("list_orders", market=BTC, max_rows=1)
    assert [row["id"] for row in newest] == [orders[1]]
    older = mine.call("list_orders", before_closed_at=newest[0]["closed_at"], before_id=newest[0]["id"])
    assert [row["id"] for row in older] == [orders[0]]


@called
def list_fills(world: World) -> None:
    """List what was traded."""
    mine = world.person()
    orders = world.trade(mine, world.person(), "10", "0.5")
    assert [row["order_id"] for row in mine.call("list_fills", market=BTC)] == [orders[0]]


@called
def get_candles(world: World) -> None:
    """Read a chart without signing in: what was traded, up to now, without holes."""
    world.trade(world.person(), world.person(), "10", "0.5")
    while world.value("SELECT market.roll_candles()"):
        pass
    now = datetime.now(UTC)
    stretch = {"from_at": (now - timedelta(hours=4)).isoformat(), "to_at": (now + timedelta(minutes=1)).isoformat()}
    chart = world.nobody().call("get_candles", market=BTC, interval="1m", **stretch)
    assert {candle["source"] for candle in chart} <= {"trades", None}
    assert any(candle["close"] == "10" and not candle["is_filled"] for candle in chart)
    starts = [datetime.fromisoformat(candle["bucket_start"]) for candle in chart]
    assert all(later - earlier == timedelta(minutes=1) for earlier, later in pairwise(starts))
    decade = {"from_at": "2019-01-01", "to_at": now.isoformat()}
    assert world.nobody().refused("get_candles", market=BTC, interval="1m", **decade).code == "TR010"


@called
def list_trades(world: World) -> None:
    """Read the tape without signing in, page by page."""
    for _ in range(2):
        world.trade(world.person(), world.person(), "10", "0.5")
    newest = world.nobody().call("list_trades", market=BTC, max_rows=1)
    older = world.nobody().call("list_trades", market=BTC, before_seq=newest[0]["seq"], max_rows=1)
    assert older[0]["seq"] == newest[0]["seq"] - 1


@called
def statement(world: World) -> None:
    """List every change, newest first, with what was left."""
    mine = world.person()
    place(mine)
    changes = mine.call("statement", asset="RUSD")
    assert [row["version"] for row in changes] == [2, 1]
    assert float(changes[0]["d_held"]) == -float(changes[0]["d_available"])


@called
def wait_for_token(world: World) -> None:
    """Find on the primary at once what has committed, and nothing by what is no token."""
    mine = world.person()
    mine.call("wait_for_token", token=world.value("SELECT core.write_token()"), timeout="0")
    made_up = {"token": "mine"}
    assert mine.refused("wait_for_token", **made_up).code == "TR010"


@called
def balance_at(world: World) -> None:
    """Tell what there was then."""
    mine = world.person()
    then = mine.call("statement", asset="RUSD")[0]["created_at"]
    place(mine)
    assert mine.call("balance_at", asset="RUSD", at=then)["available"] == "1000"


@called
def deposit(world: World) -> None:
    """Credit once per key."""
    user = world.user()
    arrived = {"user_id": str(user), "asset": "RUSD", "amount": "0.000000000000000001", "idempotency_key": "d"}
    assert world.service().call("deposit", **arrived)["replayed"] is False
    assert world.service().call("deposit", **arrived)["replayed"] is True
    mine = world.person(user)
    assert mine.read("balances", "available::text", ["eq", "asset", "RUSD"]).data == [
        {"available": "1000.000000000000000001"}
    ]


def withdrawal(asker: Asker) -> str:
    """Ask for a withdrawal and return its id."""
    return asker.call("request_withdrawal", asset="RUSD", amount="10", idempotency_key="w", destination="iban")["id"]


@called
def request_withdrawal(world: World) -> None:
    """Hold amount and fee."""
    mine = world.person()
    withdrawal(mine)
    assert mine.read("balances", "held::text", ["eq", "asset", "RUSD"]).data == [{"held": "10.5"}]


@called
def request_withdrawal_for(world: World) -> None:
    """Hold it for a user."""
    user = world.user()
    world.service().call(
        "request_withdrawal_for", user_id=str(user), asset="RUSD", amount="10", idempotency_key="w", destination="iban"
    )
    assert world.person(user).read("transfers", "status", ["eq", "kind", "withdrawal"]).data == [{"status": "pending"}]


@called
def cancel_withdrawal(world: World) -> None:
    """Give everything back."""
    mine = world.person()
    mine.call("cancel_withdrawal", transfer_id=withdrawal(mine))
    assert mine.read("balances", "held", ["eq", "asset", "RUSD"]).data == [{"held": 0}]


@called
def cancel_withdrawal_for(world: World) -> None:
    """Give back what was sent, against proof."""
    user = world.user()
    sent = withdrawal(world.person(user))
    world.service().call("send_withdrawal", transfer_id=sent)
    answer = world.service().call("cancel_withdrawal_for", user_id=str(user), transfer_id=sent, proof="it bounced")
    assert answer["status"] == "failed"


@called
def send_withdrawal(world: World) -> None:
    """Take it: from here on the user cannot cancel it."""
    mine = world.person()
    sent = withdrawal(mine)
    world.service().call("send_withdrawal", transfer_id=sent)
    assert mine.refused("cancel_withdrawal", transfer_id=sent).code.startswith("TR")


@called
def complete_withdrawal(world: World) -> None:
    """Write off what is gone."""
    mine = world.person()
    sent = withdrawal(mine)
    world.service().call("send_withdrawal", transfer_id=sent)
    world.service().call("complete_withdrawal", transfer_id=sent, external_ref=f"chain-{sent}")
    assert mine.read("balances", "total::text", ["eq", "asset", "RUSD"]).data == [{"total": "989.5"}]


@called
def transfer(world: World) -> None:
    """Move money from one to the other."""
    mine, other = world.person(), world.user()
    mine.call("transfer", to_user_id=str(other), asset="RETH", amount="1.5", idempotency_key="t")
    assert world.person(other).read("balances", "total::text", ["eq", "asset", "RETH"]).data == [{"total": "1001.5"}]


@called
def transfer_for(world: World) -> None:
    """Send for the sender."""
    mine, other = world.user(), world.user()
    world.service().call(
        "transfer_for", user_id=str(mine), to_user_id=str(other), asset="RETH", amount="1.5", idempotency_key="t"
    )
    assert world.person(mine).read("balances", "total::text", ["eq", "asset", "RETH"]).data == [{"total": "998.5"}]


@called
def start_session(world: World) -> None:
    """Sign somebody in: their commands name the session."""
    user = world.user()
    started = world.service().call("start_session", user_id=str(user), token="t" * 43, ip="203.0.113.77")
    mine = world.person(user, session_id=started["session_id"])
    assert mine.read("sessions", "id, ip_network").data == [
        {"id": started["session_id"], "ip_network": "203.0.113.0/24"}
    ]
    place(mine)


@called
def touch_session(world: World) -> None:
    """See somebody again by their token, and by no other."""
    session = world.service().call("start_session", user_id=str(world.user()), token="t" * 43)["session_id"]
    assert world.service().call("touch_session", session_id=session, token="t" * 43)["session_id"] == session
    assert world.service().refused("touch_session", session_id=session, token="u" * 43).code == "TR501"


@called
def revoke_session(world: World) -> None:
    """End one: from then on its token commands nothing, and another still does."""
    user = world.user()
    here, there = (
        world.service().call("start_session", user_id=str(user), token=token * 43)["session_id"] for token in "ab"
    )
    mine, other = (world.person(user, session_id=session) for session in (here, there))
    assert mine.call("revoke_session", session_id=there) == 1
    assert other.refused("place_order", **ORDER).code == "TR501"
    assert world.person().refused("revoke_session", session_id=here).code == "TR502"
    place(mine)


@called
def revoke_all_sessions(world: World) -> None:
    """End all, the one that asks too."""
    user = world.user()
    session = world.service().call("start_session", user_id=str(user), token="t" * 43)["session_id"]
    mine = world.person(user, session_id=session)
    assert mine.call("revoke_all_sessions") == 1
    assert mine.refused("cancel_all_orders").code == "TR501"


@called
def revoke_sessions_for(world: World) -> None:
    """Sign somebody out, everywhere."""
    user = world.user()
    session = world.service().call("start_session", user_id=str(user), token="t" * 43)["session_id"]
    assert world.service().call("revoke_sessions_for", user_id=str(user)) == 1
    assert world.person(user, session_id=session).refused("place_order", **ORDER).code == "TR501"


@called
def support_open(world: World) -> None:
    """Show support one customer's money, and nobody's before and nobody else's."""
    customer = world.user(RUSD="77.5")
    support = world.staff("tradebase_support", world.employee("tradebase_support"))
    assert support.read("balances", "total::text").data == []
    support.call("support_open", user_id=str(customer), reason="ticket 7")
    assert support.read("balances", "total::text").data == [{"total": "77.5"}]


@called
def support_close(world: World) -> None:
    """Be done with a customer, and see them no longer."""
    support = world.staff("tradebase_support", world.employee("tradebase_support"))
    support.call("support_open", user_id=str(world.user()), reason="ticket 8")
    assert support.call("support_close") is True
    assert support.read("balances", "total::text").data == []


@called
def edit_profile(world: World) -> None:
    """Say who one is, as often as one likes, and clear it again; only in a session that lives, and not anonymously."""
    user = world.user()
    mine = world.person(user)
    mine.call("edit_profile", changes={"display_name": "Zoë", "country": "CH", "preferences": {"dark": True}})
    mine.call("edit_profile", changes={"country": None})
    told = {"display_name": "Zoë", "country": None, "preferences": {"dark": True}, "status": "active"}
    assert mine.read("profile", "display_name, country, preferences, status").data == [told]
    assert mine.refused("edit_profile", changes={"status": "active"}).code == "TR010"
    session = world.service().call("start_session", user_id=str(user), token="t" * 43)["session_id"]
    here = world.person(user, session_id=session)
    here.call("edit_profile", changes={"country": "CH"})
    world.service().call("revoke_sessions_for", user_id=str(user))
    assert here.refused("edit_profile", changes={"country": "AT"}).code == "TR501"
    assert world.person(user, is_anonymous=True).refused("edit_profile", changes={"country": "AT"}).code == "TR008"
    assert mine.read("profile", "country").data == [{"country": "CH"}]


@called
def feature_flags(world: World) -> None:
    """Tell which of the public flags are on for whoever asks."""
    flag = "rest_flag"
    world.value("SELECT system.set_feature_flag(%s, 'tried', TRUE, 100, description => 'new')", flag)
    assert world.person().call("feature_flags")[flag] is True
    world.value("SELECT system.set_feature_flag(%s, 'tried', rollout_pct => 0, is_for_staff => TRUE)", flag)
    assert world.person().call("feature_flags")[flag] is False
    support = world.staff("tradebase_support", world.employee("tradebase_support"))
    assert support.call("feature_flags")[flag] is True


# Functions of a view's row are embedded instead: test_read.py.
FUNCTIONS = """
SELECT p.proname
FROM pg_proc AS p
WHERE p.pronamespace = 'api'::regnamespace
AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.reltype = p.proargtypes[0] AND c.reltype <> 0)
"""


def test_every_function_has_a_call(world: World) -> None:
    """A new function of api without a call here fails, and so does a call of what is gone."""
    functions = {name for (name,) in world.owner.execute(FUNCTIONS)}
    assert functions - CALLS.keys() == set(), "functions of api that no test calls: write one above"
    assert CALLS.keys() - functions == set(), "calls of functions that api has not got"


def money_that_is_no_text(answer: object, at: str = "") -> list[str]:
    """Return where an answer has money as a number."""
    if isinstance(answer, list):
        return [where for item in answer for where in money_that_is_no_text(item, at)]
    if isinstance(answer, dict):
        return [
            where
            for name, value in answer.items()
            if name not in RATIOS
            for where in (
                [f"{at}.{name} = {value}"]
                if name in MONEY and not isinstance(value, str | None)
                else money_that_is_no_text(value, f"{at}.{name}")
            )
        ]
    return [f"{at} = {answer}"] if isinstance(answer, float) else []


@pytest.mark.parametrize("name", CALLS)
def test_function(world: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what it says for who may call it, with money as text; refuse everybody else."""
    numbers = []
    call = Asker.call

    def call_and_look(asker: Asker, function: str, **arguments: object) -> object:
        answer = call(asker, function, **arguments)
        numbers.extend(money_that_is_no_text(answer, function))
        return answer

    monkeypatch.setattr(Asker, "call", call_and_look)
    del world.calls[:]
    CALLS[name](world)
    assert numbers == []

    arguments = next(arguments for function, arguments in world.calls if function == name)
    people, services = world.rest.people, world.rest.services
    askers = {role: (people, people.token(role, world.bystander)) for role in ("anon", "authenticated", *STAFF)}
    askers |= {role: (services, services.token(role)) for role in SERVICES}
    refused = 0
    for role, (door, token) in askers.items():
        if world.value(
            "SELECT has_function_privilege(%s, oid, 'EXECUTE') FROM pg_proc "
            "WHERE proname = %s AND pronamespace = 'api'::regnamespace",
            role,
            name,
        ):
            continue
        answer = call_raw(door, name, arguments, token)
        told = answer.status_code, answer.json()["code"], answer.json()["message"]
        # Whoever has a token is forbidden, who has none has to sign in; the words name the function and no row.
        assert told == (401 if role == "anon" else 403, "42501", f"permission denied for function {name}"), role
        refused += 1
    # What is on for whom is for all people, and for no service.
    assert refused >= (2 if name == "feature_flags" else 4), f"{name} is for almost everybody"
