"""Every function that clients, services and staff may call: with bad numbers, by strangers, on old snapshots.

A new function is covered when its arguments have names that functions.py knows, and fails here when they have not. That
each refuses more than this, and with which words, its own file says: tests/api, tests/trading, tests/portfolio.
"""

from functools import partial

import pytest
from exchange import BOB, Exchange
from functions import CLIENTS, STAFF, Function, answer, functions, world
from pairs import codes
from psycopg import ClientCursor
from schedules import answer_of

# Text in which a number stands, by argument: where it stands.
NUMBERS_IN_JSON = {
    "orders": ["{0,quantity}", "{0,price}"],
    "batches": ["{0,events,0,quantity}", "{0,events,0,price}", "{0,first_seq}"],
}
TINY = "0." + "0" * 29 + "1"
BAD_NUMBERS = ["NaN", "Infinity", "-Infinity", "-1", "0", TINY, "1e30", "1e131071"]
EDGES = {"smallint": (-32768, 32767), "integer": (-2147483648, 2147483647), "bigint": (-(2**63), 2**63 - 1)}
WITHOUT_NUMBERS = {"text", "text[]", "uuid", "uuid[]", "boolean", "timestamp with time zone"}
# What looks bad and is not: a correction takes, and a fee may be none or given back.
GOOD = {("adjust", "-1"), ("set_fees", "0")}

OLD_SNAPSHOTS = {
    "25000": [
        "ack_order",
        "amend_order",
        "amend_order_for",
        "bust_trade",
        "cancel_all_orders",
        "cancel_order",
        "cancel_order_for",
        "cancel_orders",
        "cancel_orders_for",
        "checkpoint_ledger",
        "close_order",
        "expire_orders",
        "place_order",
        "place_order_for",
        "place_orders",
        "place_orders_for",
        "set_mark_price",
        "set_market_status",
        "settle_trades",
    ],
    "40001": [
        "adjust",
        "cancel_withdrawal",
        "cancel_withdrawal_for",
        "complete_withdrawal",
        "deposit",
        "request_withdrawal",
        "request_withdrawal_for",
        "send_withdrawal",
        "transfer",
        "transfer_for",
    ],
    # They move nothing.
    "ok": ["ensure_user", "roll_candles", "set_fee_tier", "set_fees", "set_valuation_market"],
}

# What a stranger is told who names what is another's; ok where it is a name of their own, or everybody's to know.
STRANGERS = {
    "TR012": ["portfolio.balance_at"],
    "TR201": [
        "api.amend_order",
        "api.amend_order_for",
        "api.cancel_order",
        "api.cancel_order_for",
        "api.cancel_orders",
        "api.cancel_orders_for",
        "trading.amend_order",
        "trading.cancel_order",
        "trading.cancel_orders",
    ],
    "TR403": [
        "api.cancel_withdrawal",
        "api.cancel_withdrawal_for",
        "portfolio.cancel_withdrawal",
        "portfolio.cancel_withdrawal_for",
    ],
    "ok": [
        "api.balance_at",
        "api.cancel_all_orders",
        "api.deposit",
        "api.equity_curve",
        "api.get_candles",
        "api.list_fills",
        "api.list_orders",
        "api.list_trades",
        "api.market_summary",
        "api.order_book",
        "api.place_order",
        "api.place_order_for",
        "api.place_orders",
        "api.place_orders_for",
        "api.request_withdrawal",
        "api.request_withdrawal_for",
        "api.set_mark_price",
        "api.statement",
        "api.transfer",
        "api.transfer_for",
        "market.asset_id",
        "market.candle_length",
        "market.candle_step",
        "market.market_id",
        "portfolio.deposit",
        "portfolio.request_withdrawal",
        "portfolio.request_withdrawal_for",
        "portfolio.transfer",
        "portfolio.transfer_for",
        "trading.cancel_all_orders",
        "trading.order_book",
        "trading.place_order",
        "trading.place_orders",
    ],
}
PUBLIC = {"get_candles", "list_trades", "market_summary", "order_book"}
# A service does these for any user, and is told what it asks about.
FOR_ANYBODY = {"ack_order", "close_order", "complete_withdrawal", "ensure_user", "send_withdrawal", "settle_trades"}


def bad_calls(function: Function) -> list[tuple[str, str, str]]:
    """Return calls with one bad number each: the argument, the number, the call."""
    calls = []
    for argument, kind in function.types.items():
        numbers = EDGES.get(kind, () if kind in WITHOUT_NUMBERS else BAD_NUMBERS)
        assert kind in {*WITHOUT_NUMBERS, *EDGES, "numeric", "jsonb"}, f"{function.name}: is there a number in {kind}?"
        for number in numbers:
            for place in NUMBERS_IN_JSON[argument] if kind == "jsonb" else [None]:
                value = f"'{number}'"
                if place:
                    value = f"jsonb_set({function.given()[argument]}, '{place}', to_jsonb({value}::text))"
                calls.append((argument, str(number), function.call(**{argument: value})))
    return calls


def test_bad_numbers_are_refused(exchange: Exchange) -> None:
    """No NaN, no infinity, nothing negative, too small or too great gets in, and the error names the argument."""
    scene, tried = world(exchange), 0
    for function in functions(exchange, *CLIENTS, *STAFF):
        assert answer(scene, function, function.call()).code == "ok", f"{function.call()} needs other arguments"
        for argument, number, call in bad_calls(function):
            tried += 1
            refused = answer(scene, function, call)
            about = f"{function.schema}.{function.name} with {argument} {number}: {refused}"
            if function.types[argument] in EDGES:
                # A page, or a place in a sequence: as far away as it may be it finds nothing, or is refused.
                assert refused.code == "ok" or refused.code.startswith("TR"), about
            elif (function.name, number) in GOOD:
                assert refused.code == "ok", about
            elif number == TINY and refused.argument is None:
                assert refused.code in {"TR003", "TR004"}, about
            else:
                assert refused.code == "TR010", about
                assert function.types[argument] == "jsonb" or refused.argument == argument, about
    assert exchange.violations() == []
    assert tried == 352


def test_strangers_learn_and_change_nothing(exchange: Exchange) -> None:
    """Whoever knows another's ids, names and keys is told what a guesser is told."""
    scene = world(exchange)
    before = scene.state("a")
    told = {name: code for code, names in STRANGERS.items() for name in names}
    secrets = {scene.names[name] for name in ("a", "buy", "eth_sell", "named", "sent", "withdrawal")}
    secrets |= {"secret.key", "secret.address", "secret.sent"}
    amounts = {"3.333", "77.77"} | {
        str(amount)
        for row in exchange.owner.execute(
            "SELECT trim_scale(available), trim_scale(held) FROM portfolio.balances WHERE user_id = %(a)s", scene.names
        )
        for amount in row
        if len(str(amount)) > 4
    }
    assert len(amounts) > 3
    scene.names["me"] = scene.names["b"]

    def unchanged() -> None:
        assert scene.state("a") == before

    callable_by_clients = [f for f in functions(exchange, *CLIENTS) if f.name not in FOR_ANYBODY]
    assert {f"{f.schema}.{f.name}" for f in callable_by_clients} == set(told)
    for function in callable_by_clients:
        name = f"{function.schema}.{function.name}"
        known = {"client_order_id": "'secret.key'", "idempotency_key": "'secret.key'"}
        ways = [known]
        if name == "portfolio.balance_at":
            ways = [{"user_id": "%(a)s"}]
        elif "cancel_order" in name:
            by_name = {"order_id": "NULL", "order_ids": "NULL", "client_order_ids": "ARRAY['secret.key']"}
            ways = [{}, known | by_name]
        elif "before_id" in function.types:
            ways = [{}, {"before_id": "%(named)s"}]
        for way in ways:
            query = function.call(**way)
            said = answer(scene, function, query, unchanged)
            about = f"{query}: {said}"
            assert said.code == told[name], about
            given = ClientCursor(exchange.owner).mogrify(query, scene.names)
            for secret in secrets | (set() if function.name in PUBLIC else amounts):
                assert secret in given or secret not in said.said, f"{secret} in {about}"
            assert said.rows or said.code != "ok" or "before_id" in way, about
    assert exchange.violations() == []


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot_moves_nothing(exchange: Exchange, level: str) -> None:
    """What moves money while its balance, or its transfer, changes is told to try again, or that it is not welcome."""
    scene = world(exchange)
    told = {name: code for code, names in OLD_SNAPSHOTS.items() for name in names}
    writing = [f for f in functions(exchange, *CLIENTS, *STAFF) if f.writes]
    assert {f.name for f in writing} == set(told)
    (session,) = exchange.crew(1)
    for n, function in enumerate(writing):
        session.execute(f"BEGIN ISOLATION LEVEL {level}")
        function.speak(session, scene)
        # Meanwhile every balance and every transfer that it may need changes.
        for user in (scene.names["a"], scene.names["b"], BOB):
            exchange.value("SELECT portfolio.deposit(%s, 'R1USD', 1, %s)::text", user, f"meanwhile:{n}")
        exchange.owner.execute("UPDATE portfolio.transfers SET fee = fee WHERE user_id = %(a)s", scene.names)
        before = scene.state()
        said = exchange.later(partial(answer_of, session, function.call(), scene.names)).answer()
        session.execute("COMMIT")
        expected = told[function.name]
        assert codes([said]) == (expected,), f"{function.schema}.{function.name}"
        assert expected == "ok" or scene.state() == before, f"{function.schema}.{function.name}"
    assert exchange.violations() == []
