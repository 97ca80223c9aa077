"""Numbers and moments that are none: A37 to A43."""

import pytest
from stage import MARKET, Stage

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
MONEY = {"asset": "AUSD", "amount": "1", "idempotency_key": "bad"}


def refusals(stage: Stage, number: str) -> set[tuple[str, int, str]]:
    """Return what every number of a client's command is answered: argument, status, code."""
    told = set()
    for name in ("quantity", "price"):
        answer = stage.call("place_order", **ORDER | {name: number})
        told.add((name, answer.status_code, answer.json().get("code")))
        answer = stage.call("place_orders", orders=[ORDER | {name: number}])
        told.add((f"{name} of many", answer.status_code, answer.json().get("code")))
    for function, more in (("request_withdrawal", {}), ("transfer", {"to_user_id": str(stage.maker)})):
        answer = stage.call(function, **MONEY | {"amount": number} | more)
        told.add(("amount", answer.status_code, answer.json().get("code")))
    return told


def unchanged(stage: Stage) -> str:
    """Return what the thief has, which no refused number may change."""
    return stage.ask("/balances").text + stage.ask("/open_orders").text + stage.ask("/transfers?select=id").text


def domains(stage: Stage, number: str) -> set[str]:
    """Return the SQLSTATEs with which the domains of money refuse a number."""
    kinds = [t for (t,) in stage.admin.execute(
        "SELECT oid::regtype::text FROM pg_type WHERE typtype = 'd' AND typbasetype = 'numeric'::regtype "
        "AND typnamespace = 'core'::regnamespace"
    )]  # fmt: skip
    assert len(kinds) >= 6
    return {stage.attempt("tradebase", f"SELECT %s::{kind}", number).code for kind in kinds}


def test_a37_nan(stage: Stage) -> None:
    """API, RAW: NaN for every number.

    TR010 by the command, 23514 by the domain: NaN is above every number and equals itself.
    """
    before = unchanged(stage)
    assert {answer[1:] for answer in refusals(stage, "NaN")} == {(400, "TR010")}
    assert domains(stage, "NaN") == {"23514"}
    assert unchanged(stage) == before


def test_a38_infinity(stage: Stage) -> None:
    """API, RAW: Infinity and -Infinity. TR010 by the command, 23514 by the domain."""
    before = unchanged(stage)
    for number in ("Infinity", "-Infinity"):
        assert {answer[1:] for answer in refusals(stage, number)} == {(400, "TR010")}, number
        assert domains(stage, number) == {"23514"}, number
    assert unchanged(stage) == before


def test_a39_nothing_and_less(stage: Stage) -> None:
    """API: 0, a negative number, less than a tick or a lot. TR010, TR003 no multiple of the tick, TR004 of the lot."""
    before = unchanged(stage)
    for number in ("0", "-1", "-0.000000001"):
        assert {answer[1:] for answer in refusals(stage, number)} == {(400, "TR010")}, number
    # The tenth decimal is no tick and no lot, of any order alone or among others; the nineteenth is no money.
    for name, code in (("price", "TR003"), ("quantity", "TR004")):
        for refused in (
            stage.call("place_order", **ORDER | {name: "0.0000000001"}),
            stage.call("place_orders", orders=[ORDER | {name: "0.0000000001"}]),
        ):
            assert (refused.status_code, refused.json()["code"]) == (400, code), refused.text
    told = {answer for answer in refusals(stage, "0.0000000000000000001") if answer[0] == "amount"}
    assert told == {("amount", 400, "TR010")}
    assert unchanged(stage) == before


def test_a40_too_great(stage: Stage) -> None:
    """API, RAW: more digits than a number has room for.

    TR010, 22003 where it is no number at all; 23514 by the domain.
    """
    before = unchanged(stage)
    for number, codes in (("1e30", {"TR010"}), ("9" * 40, {"TR010"}), ("1e131071", {"TR010"}), ("1e131073", {"22003"})):
        told = refusals(stage, number)
        assert {code for name, _, code in told if not name.endswith("many")} == codes, f"{number[:10]}: {told}"
        assert {code for name, _, code in told if name.endswith("many")} <= {*codes, "TR010"}, number[:10]
        assert {status for _, status, _ in told} == {400}, number[:10]
    assert domains(stage, "1e30") == {"23514"}
    assert domains(stage, "1e131073") == {"22003"}
    assert unchanged(stage) == before


def test_a41_products_and_sums(stage: Stage) -> None:
    """API: price times quantity, and a batch whose sum is more than there is room for.

    Refused by its rule, nothing of it done.
    """
    before = unchanged(stage)
    greatest = "99999999999999999"
    for order in (
        ORDER | {"price": greatest, "quantity": greatest},
        ORDER | {"side": "sell", "price": greatest, "quantity": greatest},
    ):
        refused = stage.call("place_order", **order)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR005"), refused.text
    many = stage.call("place_orders", orders=[ORDER, ORDER | {"price": greatest, "quantity": "1"}])
    assert (many.status_code, many.json()["code"]) == (400, "TR101"), many.text
    # Money that would not fit into the balance it goes to.
    refused = [
        stage.call(
            "deposit",
            "service_role",
            user_id=str(stage.user()),
            asset="AUSD",
            amount="9" * digits,
            idempotency_key="a41",
        )
        for digits in (21, 25, 38)
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(400, "TR010")}
    taken = stage.call("request_withdrawal", asset="AUSD", amount=greatest, idempotency_key="a41", destination="out")
    assert (taken.status_code, taken.json()["code"]) == (400, "TR101"), taken.text
    assert stage.value("SELECT sum(bad_count) FROM ops.verify_integrity(current_date)") == 0
    assert unchanged(stage) == before


def test_a42_moments(stage: Stage) -> None:
    """API, RAW: infinity, a year past, a year for which there is no leaf. TR010; 23514 in the table itself."""
    before = unchanged(stage)
    for moment in ("infinity", "-infinity", "1990-01-01T00:00:00Z", "2131-01-01T00:00:00Z"):
        refused = stage.call("place_order", **ORDER, time_in_force="gtd", expires_at=moment)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR010"), moment
        # To ask about any moment harms nobody.
        told = stage.call("balance_at", asset="AUSD", at=moment)
        assert (told.status_code, told.json()["asset"]) == (200, "AUSD"), told.text
    for table, moment in (
        ("portfolio.ledger_entries", "2131-01-01"),
        ("portfolio.ledger_entries", "1990-01-01"),
        ("audit.audit_logs", "infinity"),
    ):
        stored = stage.attempt("tradebase_kernel", f"INSERT INTO {table} (created_at) VALUES (%s)", moment)
        assert stored.code == "23514", f"{table} {moment}"
    assert unchanged(stage) == before


def test_a43_the_last_moment(stage: Stage) -> None:
    """API, RAW: 294277-01-01, which no timestamp is. 22008."""
    for moment in ("294277-01-01T00:00:00Z", "99999999-01-01"):
        for function, arguments in (
            ("place_order", ORDER | {"time_in_force": "gtd", "expires_at": moment}),
            ("balance_at", {"asset": "AUSD", "at": moment}),
            ("list_orders", {"before_closed_at": moment}), ("list_fills", {"before_executed_at": moment}),
        ):  # fmt: skip
            refused = stage.call(function, **arguments)
            assert (refused.status_code, refused.json()["code"]) == (400, "22008"), f"{function} {moment}"
        refused = stage.ask(f"/fills?executed_at=gt.{moment}")
        assert (refused.status_code, refused.json()["code"]) == (400, "22008"), moment
        assert (
            stage.attempt("authenticated", "SELECT 1 FROM trading.fills WHERE executed_at > %s", moment).code == "22008"
        )
