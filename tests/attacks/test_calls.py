"""Functions, and what they could be tricked into: A25 to A30."""

import json
import uuid

import pytest
from stage import MARKET, ROLES, Stage

pytestmark = pytest.mark.xdist_group("attacks")
FUNCTIONS = """
SELECT
    p.pronamespace::regnamespace::text || '.' || p.proname,
    ARRAY(SELECT format_type(a.type, NULL) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, n) ORDER BY a.n),
    ARRAY(SELECT r.rolname::text FROM pg_roles AS r WHERE has_function_privilege(r.oid, p.oid, 'EXECUTE'))
FROM pg_proc AS p
WHERE
    p.pronamespace::regnamespace::text = ANY (ARRAY[
        'api', 'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'ops'
    ])
    AND p.prorettype <> 'trigger'::regtype AND p.prokind = 'f'
ORDER BY 1
"""
# What each of the caller's own functions says to an id of the victim's.
STRANGERS = {
    "amend_order": "TR201", "cancel_order": "TR201", "cancel_orders": "TR201", "cancel_withdrawal": "TR403",
    "revoke_session": "TR502",
}  # fmt: skip


def ids(stage: Stage) -> dict[str, object]:
    """Return an id of the victim's for every argument that takes one."""
    return {
        "order_id": stage.order, "order_ids": [stage.order], "transfer_id": stage.withdrawal,
        "session_id": stage.session,
        "before_id": stage.closed, "quantity": "0.1",
    }  # fmt: skip


def test_a25_crafted_arguments(stage: Stage) -> None:
    """API, RAW: the victim's ids, NULL and nonsense for every argument of every function of the caller's.

    Nothing of the victim's.
    """
    query = """
        SELECT p.proname, coalesce(p.proargnames[1:p.pronargs], '{}') FROM pg_proc AS p
        WHERE
            p.pronamespace = 'api'::regnamespace AND has_function_privilege('authenticated', p.oid, 'EXECUTE')
            AND (p.pronargs = 0 OR p.proargnames IS NOT NULL)
    """
    functions = stage.admin.execute(query).fetchall()
    assert len(functions) >= 18
    told = {}
    for name, arguments in functions:
        if name in ("revoke_all_sessions", "cancel_all_orders"):
            continue
        given = {argument: ids(stage)[argument] for argument in arguments if argument in ids(stage)}
        for call in (given, dict.fromkeys(arguments), {a: given.get(a, "' OR TRUE --") for a in arguments}):
            answer = stage.call(name, **call)
            assert answer.status_code in (200, 400, 404), f"{name}({call}): {answer.text}"
            if call is given and given and answer.status_code != 200:
                told[name] = answer.json()["code"]
    assert {name: code for name, code in told.items() if name in STRANGERS} == STRANGERS
    asked = stage.attempt("authenticated", "SELECT portfolio.balance_at(%s, 'AUSD', now())", stage.victim)
    assert asked.code == "TR012"
    # To whom it may go: the victim gets no row of it, as nothing may change theirs. See A33.


def test_a26_execute(stage: Stage) -> None:
    """API, RAW: every function that a role was not given. 42501, for anon, users, staff and services alike."""
    refused = 0
    for name, types, allowed in stage.admin.execute(FUNCTIONS).fetchall():
        # Not a constant: a strict function of NULL is folded away, and never asked for.
        call = f"SELECT {name}({', '.join(f'(SELECT NULL::{kind})' for kind in types)})"
        for role in ROLES:
            if role not in allowed:
                refused += 1
                assert stage.attempt(role, call).code == "42501", f"{role}: {call}"
    assert refused > 1000
    definers = stage.admin.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p "
        "WHERE p.prosecdef AND has_function_privilege('anon', p.oid, 'EXECUTE') "
        "AND p.pronamespace::regnamespace::text NOT IN ('pg_catalog', 'tap') ORDER BY 1"
    ).fetchall()
    assert [name for (name,) in definers] == [
        "system.my_flags()", "system.topic_version(text)", "trading.order_book(text,integer)",
    ]  # fmt: skip


def test_a27_shadow_a_table(stage: Stage) -> None:
    """RAW: a temporary table with the name of one that a definer function uses.

    42501; and were it there, it changes nothing.
    """
    for role in (*ROLES, "tradebase_kernel"):
        assert stage.attempt(role, "CREATE TEMPORARY TABLE users (id uuid, status text)").code == "42501", role
    name = stage.database.name
    stage.admin.execute(f"GRANT TEMPORARY ON DATABASE {name} TO authenticated")
    try:
        with stage.be("authenticated") as thief:
            for table in (
                "users",
                "balances",
                "system_config",
                "orders",
                "markets",
                "assets",
                "transfers",
                "user_sessions",
            ):
                thief.execute(
                    f"CREATE TEMPORARY TABLE {table} (id uuid, user_id uuid, status text, key text, value jsonb)"
                )
            thief.execute(
                "CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql "
                "RETURN '2000-01-01'::timestamptz"
            )
            thief.execute("CREATE FUNCTION pg_temp.current_user_id() RETURNS uuid LANGUAGE sql RETURN NULL::uuid")
            thief.execute("SET LOCAL search_path = pg_temp, pg_catalog")
            done = thief.execute("SELECT api.request_withdrawal('AUSD', 1, 'a27', 'a27')").fetchone()[0]
            assert done["status"] == "pending"
            assert thief.execute("SELECT count(*) FROM pg_temp.transfers").fetchone() == (0,)
            assert thief.execute(
                "SELECT created_at > '2020-01-01' FROM portfolio.transfers WHERE id = %s", [done["id"]]
            ).fetchone()[0]
    finally:
        stage.admin.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM authenticated")
        stage.login("authenticator").close()


def test_a28_shadow_a_function(stage: Stage) -> None:
    """RAW: a function or an operator in pg_temp. 42501."""
    for role in (*ROLES, "tradebase_kernel"):
        for statement in (
            "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql RETURN '2000-01-01'::timestamptz",
            "CREATE OPERATOR pg_temp.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = uuid_ne)",
            "CREATE DOMAIN pg_temp.uuid AS text",
        ):
            assert stage.attempt(role, statement).code == "42501", f"{role}: {statement}"


def test_a29_create(stage: Stage) -> None:
    """RAW: a table, function, type or view in any schema, or a schema. 42501."""
    for role in (*ROLES, "tradebase_kernel"):
        assert stage.attempt(role, "CREATE SCHEMA mine").code == "42501", role
        for schema in ("public", "api", "core", "trading", "partitions", "auth", "pg_catalog"):
            for what in ("TABLE {}.x (id int)", "VIEW {}.x AS SELECT 1", "TYPE {}.x AS (a int)",
                         "FUNCTION {}.x() RETURNS int LANGUAGE sql RETURN 1"):  # fmt: skip
                assert stage.attempt(role, f"CREATE {what.format(schema)}").code == "42501", f"{role} {schema} {what}"


def test_a30_what_an_error_says(stage: Stage) -> None:
    """API, RAW: errors provoked next to the victim's rows. They speak of the caller's own rows and arguments alone."""
    order = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
    for function, arguments, code in (
        ("place_order", order | {"quantity": "99999", "price": "99999"}, "TR101"),
        (
            "transfer",
            {"to_user_id": str(stage.victim), "asset": "AUSD", "amount": "999999", "idempotency_key": "a30"},
            "TR101",
        ),
        ("request_withdrawal", {"asset": "AUSD", "amount": "999999", "idempotency_key": "a30"}, "TR101"),
        ("cancel_orders", {"order_ids": [stage.order, stage.closed, str(uuid.uuid4())]}, "TR201"),
        ("amend_order", {"order_id": stage.order, "client_order_id": "x" * 65}, "TR010"),
        ("revoke_session", {"session_id": stage.session}, "TR502"),
    ):
        refused = stage.call(function, **arguments)
        assert (refused.status_code, refused.json()["code"]) == (400, code), f"{function}: {refused.text}"
        facts = json.loads(refused.json()["details"])
        assert not facts.keys() & {"user_id", "held", "owner", "status"}, facts
    # Services may name anybody, and are told no more than that it does not fit.
    for function, arguments, code in (
        ("cancel_withdrawal_for", {"user_id": str(stage.thief), "transfer_id": stage.withdrawal}, "TR403"),
        ("cancel_order_for", {"user_id": str(stage.thief), "order_id": stage.order}, "TR201"),
        ("touch_session", {"session_id": stage.session, "token": "wrong"}, "TR501"),
        ("complete_withdrawal", {"transfer_id": stage.withdrawal, "external_ref": "a30"}, "TR402"),
        (
            "close_order",
            {"order_id": stage.closed, "status": "canceled", "reason": "user_cancel", "seq": 1000},
            "TR301",
        ),
    ):
        refused = stage.call(function, "service_role", **arguments)
        assert (refused.status_code, refused.json()["code"]) == (400, code), f"{function}: {refused.text}"
    # A cast that fails names the value that it fails on: the caller's own.
    for view, column in (("transfers", "kind"), ("balances", "asset"), ("order_history", "status")):
        told = stage.ask(f"/{view}?select={column}::uuid")
        if told.json() != []:
            assert (told.status_code, told.json()["code"]) == (400, "22P02"), told.text
        assert stage.ask(f"/{view}?select={column}::uuid", user=stage.user()).json() == [], view
