"""Columns that are not the caller's to write or to read: A05 to A08, A15, A44."""

import pytest
from stage import MARKET, PEOPLE, ROLES, Stage

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}


def test_a05_make_oneself_an_admin(stage: Stage) -> None:
    """API, RAW: a role, a status or a tier of one's own. 42501, and no such function in api."""
    for statement in (
        "INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (%s, 'tradebase_operator', '{}')",
        "UPDATE identity.users SET status = 'active' WHERE id = %s",
        "UPDATE identity.users SET fee_tier = 'free' WHERE id = %s",
        "UPDATE identity.users SET kind = 'system' WHERE id = %s",
        "SELECT identity.grant_staff_role(%s, 'tradebase_operator', 'please')",
        "SELECT identity.set_fee_tier(%s, 'free')",
        'UPDATE auth.users SET raw_app_meta_data = \'{"role": "service_role"}\' WHERE id = %s',
    ):
        assert stage.attempt("authenticated", statement, stage.thief).code == "42501", statement
    for function in (
        "grant_staff_role",
        "set_fee_tier",
        "set_user_status",
        "access_token_hook",
        "adjust",
        "set_config_value",
    ):
        refused = stage.call(function, user_id=str(stage.thief))
        assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202"), function


def test_a06_give_oneself_money(stage: Stage) -> None:
    """API, RAW: one's own balance, and the ledger under it. 42501 for every role but the kernel's own functions."""
    patched = stage.ask("/balances?asset=eq.AUSD", method="PATCH", body={"available": "1e9"})
    assert (patched.status_code, patched.json()["code"]) == (500, "55000")
    key = {"user_id": str(stage.thief), "asset": "AUSD", "amount": "1000", "idempotency_key": "a06"}
    refused = stage.call("deposit", **key)
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    before = stage.ask("/balances").json()
    for role in (*ROLES, "tradebase_kernel"):
        for statement in (
            "UPDATE portfolio.ledger_entries SET d_available = 1 WHERE user_id = %s",
            "UPDATE portfolio.balances SET user_id = user_id WHERE user_id = %s",
            "DELETE FROM portfolio.ledger_entries WHERE user_id = %s",
        ):
            assert stage.attempt(role, statement, stage.thief).code == "42501", f"{role}: {statement}"
        if role != "tradebase_kernel":
            for statement in (
                "UPDATE portfolio.balances SET available = 1e9 WHERE user_id = %s",
                "INSERT INTO portfolio.ledger_entries (user_id, d_available) VALUES (%s, 1)",
                "INSERT INTO portfolio.balances (user_id, asset_id, available) VALUES (%s, 1, 1)",
                "SELECT portfolio.post_journal(NULL, 'deposit', NULL, ARRAY[%s]::uuid[], ARRAY[1], ARRAY[1], ARRAY[0])",
            ):
                assert stage.attempt(role, statement, stage.thief).code == "42501", f"{role}: {statement}"
    assert stage.ask("/balances").json() == before


def test_a07_mass_assignment(stage: Stage) -> None:
    """API, RAW: id, status, filled quantity and fees beside an order.

    Unknown to the command: PGRST202, TR010; 42501 raw.
    """
    extras = {"id": stage.order, "status": "filled", "filled_quantity": "1", "fee_total": "-100", "taker_fee_rate": "0"}
    for name, value in extras.items():
        refused = stage.call("place_order", **ORDER, **{name: value})
        assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202"), name
    posted = stage.ask("/open_orders", method="POST", body={"id": stage.order, "status": "filled"})
    assert (posted.status_code, posted.json()["code"]) == (500, "55000")
    placed = stage.call("place_orders", orders=[ORDER | extras | {"user_id": str(stage.victim)}])
    assert (placed.status_code, placed.json()["code"]) == (400, "TR010"), placed.text
    assert stage.ask("/open_orders").json() == []
    for role in ROLES:
        raw = "INSERT INTO trading.orders (id, user_id, status, filled_quantity) VALUES (%s, %s, 'filled', 1)"
        assert stage.attempt(role, raw, stage.order, stage.thief).code == "42501", role


def test_a08_overriding_system_value(stage: Stage) -> None:
    """RAW: an identity column of one's own choosing. 42501, and 428C9 for who may insert there."""
    for table in ("portfolio.ledger_entries", "audit.audit_logs", "identity.staff_roles", "ops.job_runs"):
        for role in ROLES:
            forged = stage.attempt(role, f"INSERT INTO {table} (id) OVERRIDING SYSTEM VALUE VALUES (1)")
            assert forged.code == "42501", f"{role} {table}"
    fees = "INSERT INTO market.fee_schedules (id, fee_tier, maker_fee_rate, taker_fee_rate) {} VALUES (1, 'a08', 0, 0)"
    for how, code in (("", "428C9"), ("OVERRIDING SYSTEM VALUE", "42501"), ("OVERRIDING USER VALUE", "42501")):
        assert stage.attempt("tradebase_operator", fees.format(how)).code == code, how


def test_a15_hidden_columns(stage: Stage) -> None:
    """API, RAW: select=* and whole rows, to be shown what is not granted. 42501, 42703 through a view."""
    for view, column in (
        ("balances", "user_id"), ("balances", "version"), ("transfers", "idempotency_key"),
        ("transfers", "counterparty_user_id"),
        ("transfers", "reason"), ("open_orders", "user_id"), ("trades", "maker_order_id"), ("sessions", "token_hash"),
        ("sessions", "device_hash"), ("activity", "reason"), ("activity", "session_role"), ("settings", "updated_by"),
        ("trade_busts", "reason"), ("trade_busts", "made_by"),
    ):  # fmt: skip
        refused = stage.ask(f"/{view}?select={column}")
        assert (refused.status_code, refused.json()["code"]) == (400, "42703"), f"{view}.{column}"
    for table, column in (
        ("portfolio.transfers", "idempotency_key"), ("portfolio.transfers", "made_by"),
        ("portfolio.transfers", "reason"),
        ("identity.users", "stp_group"), ("identity.user_sessions", "token_hash"),
        ("identity.user_sessions", "device_hash"),
        ("trading.trades", "maker_order_id"), ("trading.trades", "taker_order_id"), ("trading.trade_busts", "reason"),
        ("audit.audit_logs", "reason"), ("system.system_config", "updated_by"),
        ("market.market_state", "last_engine_seq"),
    ):  # fmt: skip
        for what in ("*", "to_json(t)", "t", column, f"to_jsonb(t) ->> '{column}'"):
            read = stage.attempt("authenticated", f"SELECT {what} FROM {table} AS t")
            assert read.code == "42501", f"{what} of {table}"


def test_a44_time_travel(stage: Stage) -> None:
    """API, RAW: the server's moments from the client. No such argument; 42501."""
    for name in ("created_at", "closed_at", "updated_at", "placed_at", "executed_at"):
        refused = stage.call("place_order", **ORDER, **{name: "2020-01-01T00:00:00Z"})
        assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202"), name
    refused = stage.call("request_withdrawal", asset="AUSD", amount="1", idempotency_key="a44", created_at="2020-01-01")
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202")
    for role in PEOPLE:
        for statement in (
            "UPDATE trading.orders SET created_at = '2020-01-01' WHERE user_id = %s",
            "UPDATE identity.profiles SET updated_at = '2020-01-01' WHERE user_id = %s",
            "UPDATE identity.user_sessions SET expires_at = 'infinity' WHERE user_id = %s",
        ):
            assert stage.attempt(role, statement, stage.thief).code == "42501", f"{role}: {statement}"
