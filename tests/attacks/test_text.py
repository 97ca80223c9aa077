"""Text that is not what it looks like, or far too much of it: A45 to A48."""

import pytest
from stage import MARKET, Stage

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}


def test_a45_names_that_look_alike(stage: Stage) -> None:
    """RAW, API: zero-width, direction-turning and non-NFKC characters in names and keys. 23514, TR010."""
    for name in (
        "ad\u200bmin",
        "admin\u202e",
        "\ufeffadmin",
        "\uff41dmin",
        "ﬁne",
        "adm\u0131\u0307n\u00ad",
        " admin",
        "admin\u2060",
        "",
        "x" * 65,
    ):
        named = stage.attempt("authenticated", "UPDATE identity.profiles SET display_name = %s", name)
        assert named.code == "23514", repr(name)
    for key in ("ke\u200by", "\uff4bey", "k\u202ey", "", " ", "k" * 65):
        refused = stage.call("place_order", **ORDER, client_order_id=key)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR010"), repr(key)
        refused = stage.call("request_withdrawal", asset="AUSD", amount="1", idempotency_key=key)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR010"), repr(key)
    # What only looks alike (a Latin and a Cyrillic letter) no CHECK tells: nobody is known by their name.
    assert stage.attempt("authenticated", "UPDATE identity.profiles SET display_name = '\u0430dmin'").code == "ok"
    assert stage.attempt("authenticated", "UPDATE identity.profiles SET display_name = NULL").code == "ok"


def test_a46_bytes_that_are_no_text(stage: Stage) -> None:
    """API, RAW: NUL in JSON, in a filter and in SQL, and bytes that are no UTF-8. 22P05, 22021, PGRST102."""
    answer = stage.call("place_order", **ORDER, client_order_id="a\u0000b")
    assert (answer.status_code, answer.json()["code"]) == (400, "22P05")
    answer = stage.ask("/open_orders?client_order_id=eq.a%00b")
    # A filter ends at its NUL.
    assert (answer.status_code, answer.json()) == (200, []), answer.text
    answer = stage.ask("/rpc/place_order", method="POST", body=b'{"market": "\xff\xfe"}')
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST102"), answer.text
    answer = stage.ask("/open_orders?client_order_id=eq.%ff%fe")
    assert (answer.status_code, answer.text) == (500, "Something went wrong")  # PostgREST's own; nothing came to us
    assert stage.ask("/markets", None).status_code == 200
    for role in ("anon", "authenticated"):
        assert stage.attempt(role, r"SELECT E'\xff'").code == "22021", role
        assert stage.attempt(role, r"""SELECT '{"a": "\u0000"}'::jsonb""").code == "22P05", role


def test_a47_json_without_a_floor(stage: Stage) -> None:
    """API: JSON two hundred thousand deep. 54001, and the server goes on."""
    started, depth = stage.value("SELECT pg_postmaster_start_time()"), 200_000
    for function, role, name in (
        ("place_orders", "authenticated", "orders"), ("settle_trades", "tradebase_engine", "batches")
    ):  # fmt: skip
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            body = f'{{"{name}": {opening * depth}1{closing * depth}}}'
            answer = stage.ask(f"/rpc/{function}", role, "POST", body)
            assert (answer.status_code, answer.json()["code"]) == (413, "54001"), answer.text[:300]
    assert stage.value("SELECT pg_postmaster_start_time()") == started
    assert stage.ask("/markets", None).status_code == 200


def test_a48_too_much(stage: Stage) -> None:
    """API, RAW: a megabyte of text or JSON, a million rows.

    TR010 or the code of a name that does not exist; 23514 in the table.
    """
    huge = "x" * 1_000_000
    for argument, code in (
        ("client_order_id", "TR010"),
        ("market", "TR001"),
        ("side", "TR010"),
        ("stp", "TR010"),
        ("type", "TR010"),
    ):
        refused = stage.call("place_order", **ORDER | {argument: huge})
        assert (refused.status_code, refused.json()["code"]) == (400, code), f"{argument}: {refused.text[:200]}"
        # What was sent does not come back a second time.
        assert len(refused.content) < 1_100_000
    for argument in ("idempotency_key", "destination"):
        money = {"asset": "AUSD", "amount": "1", "idempotency_key": "a48"} | {argument: huge}
        refused = stage.call("request_withdrawal", **money)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR010"), argument
    refused = stage.call("place_orders", orders=[ORDER] * 20_000)
    assert (refused.status_code, refused.json()["code"]) == (400, "TR010")
    refused = stage.call("cancel_orders", order_ids=[stage.order] * 100_000)
    assert (refused.status_code, refused.json()["code"]) == (400, "TR010"), refused.text[:200]
    for statement in (
        "UPDATE identity.profiles SET preferences = "
        "jsonb_build_object('a', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) AS n))",
        "UPDATE identity.profiles SET display_name = repeat('x', 1000000)",
        "UPDATE identity.profiles SET timezone = repeat('x', 1000000)",
    ):
        assert stage.attempt("authenticated", statement).code == "23514", statement[:60]
    assert stage.ask("/markets", None).status_code == 200
