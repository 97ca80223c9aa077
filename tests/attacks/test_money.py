"""Doing it twice, or at once: A81 to A85."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from stage import MARKET, Stage

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
WITHDRAWAL = {"asset": "AUSD", "amount": "10", "destination": "out"}


def at_once(number: int, ask: object) -> list:
    """Call so many times at once, and return the answers."""
    with ThreadPoolExecutor(number) as crowd:
        return list(crowd.map(ask, range(number)))


def held(stage: Stage, user: object) -> list[tuple]:
    """Return what a user has: available and held of everything."""
    return stage.admin.execute(
        "SELECT a.code, b.available::text, b.held::text "
        "FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id "
        "WHERE b.user_id = %s ORDER BY 1", [user]
    ).fetchall()  # fmt: skip


def test_a81_the_same_again(stage: Stage) -> None:
    """API: one key, one body, twice. The same answer, one effect."""
    user = stage.another()
    for function, arguments, ident in (
        ("request_withdrawal", WITHDRAWAL | {"idempotency_key": "a81"}, lambda a: a["id"]),
        (
            "transfer",
            {"to_user_id": str(stage.maker), "asset": "AUSD", "amount": "1", "idempotency_key": "a81t"},
            lambda a: a["id"],
        ),
        ("place_order", ORDER | {"client_order_id": "a81"}, lambda a: a["order"]["id"]),
    ):
        first, after, second = (
            stage.call(function, user=user, **arguments),
            held(stage, user),
            stage.call(function, user=user, **arguments),
        )
        assert (first.status_code, second.status_code) == (200, 200), second.text
        assert ident(first.json()) == ident(second.json()), function
        assert held(stage, user) == after, function
    arguments = {"user_id": str(user), "asset": "AUSD", "amount": "5", "idempotency_key": "a81d"}
    first = stage.call("deposit", "service_role", **arguments).json()
    after = held(stage, user)
    assert stage.call("deposit", "service_role", **arguments).json()["id"] == first["id"]
    assert held(stage, user) == after


def test_a82_the_same_key_for_another(stage: Stage) -> None:
    """API: one key, another body. TR401, for an order TR204, and no effect."""
    user = stage.another()
    stage.call("request_withdrawal", user=user, **WITHDRAWAL, idempotency_key="a82")
    stage.call("place_order", user=user, **ORDER, client_order_id="a82")
    after = held(stage, user)
    for change in ({"amount": "11"}, {"asset": "ABTC"}, {"destination": "elsewhere"}):
        refused = stage.call("request_withdrawal", user=user, **WITHDRAWAL | change, idempotency_key="a82")
        assert (refused.status_code, refused.json()["code"]) == (400, "TR401"), change
    for change in ({"quantity": "2"}, {"price": "2"}, {"side": "sell"}):
        refused = stage.call("place_order", user=user, **ORDER | change, client_order_id="a82")
        assert (refused.status_code, refused.json()["code"]) == (400, "TR204"), change
    assert held(stage, user) == after


def test_a83_the_same_key_of_another(stage: Stage) -> None:
    """API: one key, another user. Independent; to forge whose it is is 42501."""
    one, other = stage.another(), stage.another()
    asked = [
        stage.call("request_withdrawal", user=user, **WITHDRAWAL, idempotency_key="a83").json() for user in (one, other)
    ]
    assert asked[0]["id"] != asked[1]["id"]
    assert held(stage, one) == held(stage, other)
    forged = stage.call("request_withdrawal_for", user=other, user_id=str(one), **WITHDRAWAL, idempotency_key="a83")
    assert (forged.status_code, forged.json()["code"]) == (403, "42501")
    # As another service that has authenticated one, with the key of the other: it is theirs and not found.
    refused = stage.call("cancel_withdrawal", user=other, transfer_id=asked[0]["id"])
    assert (refused.status_code, refused.json()["code"]) == (400, "TR403")


def test_a84_fifty_at_once(stage: Stage) -> None:
    """API: the same request fifty times at once. Fifty equal answers, one effect."""
    user = stage.another()
    arguments = WITHDRAWAL | {"idempotency_key": "a84"}
    answers = at_once(50, lambda _: stage.call("request_withdrawal", user=user, **arguments))
    assert {answer.status_code for answer in answers} == {200}, {a.text for a in answers if a.status_code != 200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum(not answer.json()["replayed"] for answer in answers) == 1
    placed = at_once(50, lambda _: stage.call("place_order", user=user, **ORDER, client_order_id="a84"))
    assert {answer.status_code for answer in placed} == {200}, {a.text for a in placed if a.status_code != 200}
    assert len({answer.json()["order"]["id"] for answer in placed}) == 1
    assert len(stage.ask("/open_orders", user=user).json()) == 1
    assert stage.value("SELECT count(*) FROM portfolio.transfers WHERE user_id = %s AND kind = 'withdrawal'", user) == 1


def test_a85_races(stage: Stage) -> None:
    """API: cancel against fill, cancel twice, withdraw twice what is there once.

    One wins, the other is told; the books add up.
    """
    user = stage.another()
    # More than half of everything, ten times at once: one is held.
    asked = at_once(10, lambda n: stage.call(
        "request_withdrawal", user=user, asset="AUSD", amount="60000", idempotency_key=f"a85.{n}", destination="out"
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in asked) == [200] + [400] * 9
    assert {answer.json()["code"] for answer in asked if answer.status_code == 400} == {"TR101"}
    withdrawal = next(answer.json()["id"] for answer in asked if answer.status_code == 200)
    # The user cancels while the service sends: the money is back, or it is out, never both.
    ended = at_once(2, lambda n: (
        stage.call("send_withdrawal", "service_role", transfer_id=withdrawal) if n
        else stage.call("cancel_withdrawal", user=user, transfer_id=withdrawal)
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in ended) == [200, 400]
    assert {answer.json()["code"] for answer in ended if answer.status_code == 400} == {"TR402"}
    for _ in range(5):
        theirs, mine = stage.place(stage.maker, "sell", "1", "10"), stage.place(user, "buy", "1", "10")
        seq = stage.value("SELECT coalesce(max(last_engine_seq), 0) + 1 FROM market.market_state")
        event = {"maker_order_id": theirs, "taker_order_id": mine, "price": "10", "quantity": "1"}
        batch = {"market": MARKET, "first_seq": seq, "events": [event]}

        def either(n: int, mine: str = mine, batch: dict = batch):
            if n == 2:
                return stage.call("settle_trades", "tradebase_engine", batches=[batch])
            return stage.call("cancel_order", user=user, order_id=mine)

        canceled, again, settled = at_once(3, either)
        outcome = stage.value("SELECT status FROM trading.orders WHERE id = %s", mine)
        assert outcome in ("filled", "canceled")
        assert {canceled.status_code, again.status_code} == (
            {200} if outcome == "canceled" else {400}
        ) or outcome == "filled"
        if outcome == "filled":
            assert settled.status_code == 200, settled.text
            assert {a.json().get("code") for a in (canceled, again) if a.status_code == 400} <= {"TR202"}
        else:
            assert (settled.status_code, settled.json()["code"]) == (400, "TR303"), settled.text
            stage.call("cancel_order", user=stage.maker, order_id=theirs)
    assert stage.value("SELECT sum(bad_count) FROM ops.verify_integrity(current_date)") == 0
