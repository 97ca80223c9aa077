"""Rows of somebody else: A01 to A04, A09, A13, A14, A16 to A22, A35, A91, A92."""

import uuid
from functools import partial

import pytest
from stage import MARKET, PEOPLE, ROLES, Stage

pytestmark = pytest.mark.xdist_group("attacks")

VIEWS = "SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace AND relkind = 'v' ORDER BY 1"
PUBLIC_VIEWS = {"assets", "markets", "settings", "trade_busts", "trades"}
# Tables that authenticated reads, each a user's own rows alone.
OWNED = """
SELECT c.oid::regclass::text, a.attname
FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE
    c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attname IN ('user_id', 'actor_id')
    AND has_column_privilege('authenticated', c.oid, a.attname, 'SELECT')
ORDER BY 1
"""
TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (ARRAY[
    'auth', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'ops', 'partitions'
]) ORDER BY 1
"""


def names(stage: Stage, query: str) -> list[str]:
    """Return the first column of a query of the catalog."""
    return [row[0] for row in stage.admin.execute(query)]


def test_a01_read_a_row_by_its_id(stage: Stage) -> None:
    """API, RAW: SELECT of the victim's row by id. OK, and no row."""
    for path in (
        f"/open_orders?id=eq.{stage.order}", f"/order_history?id=eq.{stage.closed}",
        f"/fills?order_id=eq.{stage.closed}",
        f"/transfers?id=eq.{stage.withdrawal}", f"/ledger_entries?ref_id=eq.{stage.withdrawal}",
        f"/sessions?id=eq.{stage.session}", f"/activity?row_key=eq.{stage.withdrawal}",
    ):  # fmt: skip
        answer = stage.ask(path)
        assert (answer.status_code, answer.json()) == (200, []), path
    tables = stage.admin.execute(OWNED).fetchall()
    assert len(tables) >= 9
    for table, owner in tables:
        found = stage.attempt("authenticated", f"SELECT {owner} FROM {table} WHERE {owner} = %s", stage.victim)
        # No USAGE on schema audit: it is read through api.activity.
        assert (found.code, found.count) == ("42501" if table == "audit.audit_logs" else "ok", 0), table
        assert {i for (i,) in stage.attempt("authenticated", f"SELECT {owner} FROM {table}").rows} <= {stage.thief}, (
            table
        )
    # Two sides have a transfer: it is there for both and for nobody else.
    other = "SELECT id FROM portfolio.transfers WHERE counterparty_user_id = %s"
    assert stage.attempt("authenticated", other, stage.victim).count == 0
    assert stage.attempt("authenticated", "SELECT id FROM identity.users").rows == [(stage.thief,)]


def test_a02_change_a_row(stage: Stage) -> None:
    """API, RAW: UPDATE of the victim's row. An unknown row for every command; OK and no row where UPDATE is granted."""
    for code, function, arguments in (
        ("TR201", "amend_order", {"order_id": stage.order, "quantity": "0.5"}),
        ("TR201", "cancel_order", {"order_id": stage.order}),
        ("TR201", "cancel_orders", {"order_ids": [stage.order]}),
        ("TR403", "cancel_withdrawal", {"transfer_id": stage.withdrawal}),
        ("TR502", "revoke_session", {"session_id": stage.session}),
    ):
        refused = stage.call(function, **arguments)
        assert (refused.status_code, refused.json()["code"]) == (400, code), function
    patched = stage.ask(f"/open_orders?id=eq.{stage.order}", method="PATCH", body={"quantity": "9"})
    assert (patched.status_code, patched.json()["code"]) == (500, "55000")
    changed = stage.attempt(
        "authenticated", "UPDATE identity.profiles SET display_name = 'taken' WHERE user_id = %s", stage.victim
    )
    assert (changed.code, changed.count) == ("ok", 0)
    assert stage.attempt("authenticated", "UPDATE identity.profiles SET display_name = 'mine'").count == 1
    assert (
        stage.attempt("authenticated", "UPDATE trading.orders SET quantity = 9 WHERE id = %s", stage.order).code
        == "42501"
    )


def test_a03_insert_for_somebody_else(stage: Stage) -> None:
    """API, RAW: INSERT with the victim's user_id, and every command that takes a user. 42501."""
    v = str(stage.victim)
    key = {"asset": "AUSD", "amount": "1", "idempotency_key": "forged"}
    order = {"market": MARKET, "side": "sell", "type": "limit", "quantity": "1", "price": "1"}
    for function, arguments in (
        ("place_order_for", {"user_id": v} | order), ("place_orders_for", {"user_id": v, "orders": [order]}),
        ("cancel_order_for", {"user_id": v, "order_id": stage.order}), ("deposit", {"user_id": v} | key),
        ("amend_order_for", {"user_id": v, "order_id": stage.order, "quantity": "0.5"}),
        ("request_withdrawal_for", {"user_id": v} | key),
        ("transfer_for", {"user_id": v, "to_user_id": str(stage.thief)} | key),
        ("cancel_withdrawal_for", {"user_id": v, "transfer_id": stage.withdrawal}),
        ("start_session", {"user_id": v, "token": "x" * 40}), ("revoke_sessions_for", {"user_id": v}),
    ):  # fmt: skip
        for role, status in (("authenticated", 403), (None, 401)):
            refused = stage.call(function, role, **arguments)
            assert (refused.status_code, refused.json()["code"]) == (status, "42501"), function
    # A command that speaks for its caller has no such argument, and one in a batch is not looked at.
    refused = stage.call("place_order", user_id=v, **order)
    assert (refused.status_code, refused.json()["code"]) == (404, "PGRST202")
    for table in (
        "trading.orders",
        "portfolio.transfers",
        "portfolio.balances",
        "identity.user_sessions",
        "identity.profiles",
    ):
        assert (
            stage.attempt("authenticated", f"INSERT INTO {table} (user_id) VALUES (%s)", stage.victim).code == "42501"
        ), table


def test_a04_give_a_row_away(stage: Stage) -> None:
    """RAW, API: UPDATE of one's own row to the victim's user_id. 42501: the column is not granted."""
    for table in ("identity.profiles", "trading.orders", "portfolio.balances", "portfolio.transfers"):
        given = stage.attempt(
            "authenticated", f"UPDATE {table} SET user_id = %s WHERE user_id = %s", stage.victim, stage.thief
        )
        assert given.code == "42501", table
    refused = stage.ask("/sessions?id=not.is.null", method="PATCH", body={"id": stage.session})
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")


def test_a09_delete(stage: Stage) -> None:
    """API, RAW: DELETE of everything that there is, with and without a token. 42501; a view of several tables 55000."""
    views = names(stage, VIEWS)
    of_one_table = names(
        stage,
        "SELECT relname FROM pg_class "
        "WHERE relnamespace = 'api'::regnamespace AND pg_relation_is_updatable(oid, FALSE) <> 0",
    )
    for view in views:
        column = names(
            stage, f"SELECT attname FROM pg_attribute WHERE attrelid = 'api.{view}'::regclass AND attnum = 1"
        )[0]
        for role in ("authenticated", None, "service_role"):
            refused = stage.ask(f"/{view}?{column}=not.is.null", role, "DELETE")
            assert refused.json()["code"] == ("42501" if view in of_one_table else "55000"), view
            assert refused.status_code >= 400, view
    for table in names(stage, TABLES):
        for role in (*PEOPLE, "service_role", "tradebase_engine"):
            if (role, table) != ("tradebase_operator", "market.fee_schedules"):
                assert stage.attempt(role, f"DELETE FROM {table}").code == "42501", f"{role} {table}"


def test_a13_nobody_reads_every_table(stage: Stage) -> None:
    """API, RAW: anon reads every view and every table.

    42501, but for what is public: the market, its tape, settings.
    """
    for view in names(stage, VIEWS):
        answer = stage.ask(f"/{view}", None)
        if view in PUBLIC_VIEWS:
            assert answer.status_code == 200, view
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, "42501"), view
    whole = {table for table in names(stage, TABLES) if stage.attempt("anon", f"SELECT * FROM {table}").code != "42501"}
    assert whole == {"market.assets", "market.fee_schedules", "market.markets", "market.price_history"}


def test_a14_views(stage: Stage) -> None:
    """API, RAW: every view as every role. 42501, or rows in which nothing of the victim's is, but for who audits."""
    everywhere = """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE
            c.relkind IN ('v', 'm', 'f')
            AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'tap')
        ORDER BY 1
    """
    views = names(stage, everywhere)
    assert len(views) >= 16
    for view in views:
        for role in (
            "anon",
            "authenticated",
            "service_role",
            "tradebase_engine",
            "tradebase_operator",
            "tradebase_support",
        ):
            # Who sets the settings reads all of them.
            if (role, view) != ("tradebase_operator", "api.settings"):
                assert stage.attempt(role, f"SELECT * FROM {view}").code in ("ok", "42501"), f"{role} {view}"
    for view in names(stage, VIEWS):
        stranger = stage.user()
        answer = stage.ask(f"/{view}?select=*", user=stranger)
        assert answer.status_code == 200, view
        if view not in PUBLIC_VIEWS:
            assert [row for row in answer.json() if row.get("user_id") != str(stranger)] == [], view
    assert names(stage, "SELECT relname FROM pg_class WHERE relkind IN ('m', 'f')") == []


def test_a16_insert_to_read(stage: Stage) -> None:
    """API, RAW: write with RETURNING, to be shown what cannot be selected. 42501, or no row."""
    posted = stage.ask("/transfers", method="POST", body={"kind": "deposit"}, Prefer="return=representation")
    assert (posted.status_code, posted.json()["code"]) == (500, "55000")
    posted = stage.ask("/settings", method="POST", body={"key": "x"}, Prefer="return=representation")
    assert (posted.status_code, posted.json()["code"]) == (403, "42501")
    for statement in (
        "INSERT INTO identity.users (id, stp_group) VALUES (%s, %s) RETURNING *",
        "INSERT INTO trading.client_orders (user_id, order_id) VALUES (%s, %s) RETURNING request_hash",
    ):
        assert stage.attempt("authenticated", statement, stage.victim, uuid.uuid4()).code == "42501"
    shown = stage.attempt(
        "authenticated", "UPDATE identity.profiles SET country = 'NL' WHERE user_id = %s RETURNING *", stage.victim
    )
    assert (shown.code, shown.count) == ("ok", 0)


def test_a17_upsert_over_a_key(stage: Stage) -> None:
    """API, RAW: INSERT … ON CONFLICT DO UPDATE over the victim's row. 42501, and the row is as it was."""
    merged = stage.ask(
        "/sessions?on_conflict=id", method="POST", body={"id": stage.session}, Prefer="resolution=merge-duplicates"
    )
    assert (merged.status_code, merged.json()["code"]) == (403, "42501")
    for role in ROLES:
        upsert = stage.attempt(
            role,
            "INSERT INTO identity.profiles (user_id, display_name) VALUES (%s, 'taken') "
            "ON CONFLICT (user_id) DO UPDATE SET display_name = excluded.display_name",
            stage.victim,
        )
        assert upsert.code == "42501", role


def test_a18_do_nothing_as_an_oracle(stage: Stage) -> None:
    """API, RAW: does a key of somebody else's exist? Keys are each user's own, so the answer is the same either way."""
    other = stage.another()
    ask = partial(stage.call, "request_withdrawal", asset="AUSD", amount="1", idempotency_key="a18", destination="a18")
    theirs, mine = ask(user=other), ask()
    assert (theirs.status_code, mine.status_code) == (200, 200)
    assert mine.json()["replayed"] is theirs.json()["replayed"] is False
    assert mine.json()["id"] != theirs.json()["id"]
    order = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1", "client_order_id": "a18"}
    placed = [stage.call("place_order", user=user, **order).json() for user in (other, stage.thief)]
    assert placed[0]["order"]["id"] != placed[1]["order"]["id"]
    stage.call("cancel_all_orders")
    for user in (other, uuid.uuid4()):
        guess = "INSERT INTO identity.profiles (user_id) VALUES (%s) ON CONFLICT DO NOTHING"
        assert stage.attempt("authenticated", guess, user).code == "42501"


def test_a19_merge_with_delete(stage: Stage) -> None:
    """RAW: MERGE … WHEN MATCHED THEN DELETE on the victim's rows, as every role. 42501."""
    for table in (
        "trading.orders",
        "portfolio.balances",
        "identity.profiles",
        "portfolio.transfers",
        "audit.audit_logs",
    ):
        column = "actor_id" if table == "audit.audit_logs" else "user_id"
        for role in (*ROLES, "tradebase_kernel"):
            merge = (
                f"MERGE INTO {table} AS t USING (SELECT %s::uuid AS id) AS s ON t.{column} = s.id "
                "WHEN MATCHED THEN DELETE"
            )
            assert stage.attempt(role, merge, stage.victim).code == "42501", f"{role} {table}"


def test_a20_write_in_a_with(stage: Stage) -> None:
    """RAW: a DELETE or UPDATE inside WITH. 42501; where UPDATE is granted, one's own row and no other."""
    for role in ROLES:
        hidden = stage.attempt(role, "WITH x AS (DELETE FROM trading.orders RETURNING *) SELECT * FROM x")
        assert hidden.code == "42501", role
    own = stage.attempt(
        "authenticated", "WITH x AS (UPDATE identity.profiles SET country = 'NL' RETURNING user_id) SELECT * FROM x"
    )
    assert own.rows == [(stage.thief,)]


def test_a21_lock_rows_and_tables(stage: Stage) -> None:
    """RAW: SELECT … FOR UPDATE, FOR SHARE, LOCK TABLE. 42501, or one's own profile and no other row."""
    for role in PEOPLE:
        for table in ("portfolio.balances", "trading.orders", "portfolio.ledger_entries", "identity.users"):
            for how in ("UPDATE", "NO KEY UPDATE", "SHARE", "KEY SHARE"):
                assert stage.attempt(role, f"SELECT 1 FROM {table} FOR {how}").code == "42501", f"{role} {table} {how}"
            for mode in ("ROW SHARE", "SHARE", "EXCLUSIVE", "ACCESS EXCLUSIVE"):
                assert stage.attempt(role, f"LOCK TABLE {table} IN {mode} MODE").code == "42501", (
                    f"{role} {table} {mode}"
                )
        assert stage.attempt(role, "LOCK TABLE identity.profiles").code == "42501", role
    own = stage.attempt("authenticated", "SELECT user_id FROM identity.profiles FOR UPDATE")
    assert own.rows == [(stage.thief,)]


def test_a22_row_security_off(stage: Stage) -> None:
    """RAW: SET row_security = off, then SELECT. 42501: an error where rows would be left out."""
    for role in PEOPLE:
        with stage.be(role) as cursor:
            cursor.execute("SET LOCAL row_security = off")
        for table in ("portfolio.balances", "trading.orders", "identity.profiles"):
            read = stage.attempt(role, f"SELECT set_config('row_security', 'off', TRUE); SELECT * FROM {table}")
            assert read.code == "42501", f"{role} {table}"


def test_a35_counting_what_is_hidden(stage: Stage) -> None:
    """API: count=exact, planned and estimated, order and aggregates over hidden rows. One's own rows are counted."""
    stranger = stage.user()
    for view in ("balances", "transfers", "open_orders", "order_history", "fills", "ledger_entries"):
        counted = stage.ask(f"/{view}", user=stranger, Prefer="count=exact")
        assert counted.headers["Content-Range"] == "*/0", view
        if view in ("open_orders", "order_history", "transfers"):
            # The planner guesses from what everybody has: the guess must not know one id from another.
            mine = {"open_orders": stage.order, "order_history": stage.closed, "transfers": stage.withdrawal}[view]
            for how in ("planned", "estimated"):
                guesses = {
                    stage.ask(f"/{view}?id=eq.{some}", Prefer=f"count={how}").headers["Content-Range"]
                    for some in (mine, uuid.uuid4())
                }
                assert len(guesses) == 1, f"{view}: {guesses}"
                assert next(iter(guesses)).startswith("*/"), f"{view}: {guesses}"
    for path in ("/open_orders?select=quantity.sum()", "/balances?select=available.max()"):
        refused = stage.ask(path)
        assert (refused.status_code, refused.json()["code"]) == (400, "PGRST123"), path
    refused = stage.ask("/open_orders?order=user_id")
    assert (refused.status_code, refused.json()["code"]) == (400, "42703")
    total = stage.attempt(
        "authenticated", "SELECT count(*), sum(available) FROM portfolio.balances WHERE user_id = %s", stage.victim
    )
    assert total.rows == [(0, None)]


def test_a91_embed_what_is_hidden(stage: Stage) -> None:
    """API: embed tables of other schemas, and other people's rows through what may be embedded.

    PGRST200, or own rows.
    """
    for hidden in ("users", "profiles", "orders", "client_orders", "user_sessions", "identity.users", "balances!inner"):
        refused = stage.ask(f"/fills?select=*,{hidden}(*)")
        code = "PGRST100" if "." in hidden else "PGRST200"
        assert (refused.status_code, refused.json()["code"]) == (400, code), hidden
    for view in ("fills", "open_orders", "order_history"):
        answer = stage.ask(f"/{view}?select=*,markets(*)&limit=1000")
        assert answer.status_code == 200, view
    # By its row a function is asked about somebody else's order: it shows what its caller may see.
    stolen = (
        "SELECT * FROM api.fills(ROW(%s, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
        "'2000-01-01', NULL, NULL, NULL, NULL)::api.open_orders)"
    )
    asked = stage.attempt("authenticated", stolen, stage.closed)
    assert (asked.code, asked.count) == ("ok", 0)


def test_a92_one_foreign_row_in_many(stage: Stage) -> None:
    """API: a bulk of which one row is the victim's. The whole of it is refused, and none of it done."""
    order = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
    mine = stage.call("place_order", **order).json()["order"]["id"]
    refused = stage.call("cancel_orders", order_ids=[mine, stage.order])
    assert (refused.status_code, refused.json()["code"]) == (400, "TR201")
    assert [row["id"] for row in stage.ask("/open_orders?select=id").json()] == [mine]
    refused = stage.call("place_orders", orders=[order, order | {"market": "NO-SUCH"}])
    assert (refused.status_code, refused.json()["code"]) == (400, "TR001")
    forged = stage.ask("/settings", method="POST", body=[{"key": "a"}, {"key": "b"}])
    assert (forged.status_code, forged.json()["code"]) == (403, "42501")
    assert [row["id"] for row in stage.ask("/open_orders?select=id").json()] == [mine]
    assert stage.call("cancel_all_orders").json() == 1
