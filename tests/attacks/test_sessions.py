"""Being somebody else: A50 to A52, A54, A56 to A58, A86 to A90."""

import base64
import hashlib
import json
import re
import time
import uuid

import psycopg
import pytest
from stage import MARKET, PEOPLE, Stage

from tradebase import PROJECT, tap
from tradebase.postgrest import sign

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
OTHERS = (
    "service_role",
    "tradebase_engine",
    "tradebase_kernel",
    "tradebase_worker",
    "tradebase",
    "postgres",
    "pg_read_all_data",
)


def broken_rules(stage: Stage) -> set[str]:
    """Run tests/rules.sql on the attacked database, and return the rules that it breaks."""
    assertions, why = tap.judge(tap.run_file(stage.database.server, stage.database.name, PROJECT / "tests/rules.sql"))
    assert not why, why
    return {a.name.split()[0] for a in assertions if a.outcome == "failed"}


def reachable(stage: Stage, *functions: str) -> None:
    """Show that no request reaches a function of PostgreSQL's own: not by /rpc, a select, a filter or an order."""
    for role in (None, "authenticated", "service_role"):
        for name in functions:
            for method in ("POST", "GET"):
                missed = stage.ask(f"/rpc/{name}", role, method, {} if method == "POST" else None)
                assert (missed.status_code, missed.json()["code"]) == (404, "PGRST202"), f"{role} {name}"
            for path in (
                f"/markets?select={name}(symbol)",
                f"/markets?select=symbol&{name}(symbol)=eq.1",
                f"/markets?order={name}(symbol)",
            ):
                missed = stage.ask(path, "authenticated")
                assert missed.status_code in (400, 404), f"{path}: {missed.text}"


def test_a50_set_claims(stage: Stage) -> None:
    """RAW: set_config('request.jwt.claims', the victim).

    Nothing refuses it, so nothing that runs SQL of a client's may exist.
    """
    claims = json.dumps({"sub": str(stage.victim), "role": "authenticated"})
    with stage.database.connect("authenticator") as raw, raw.transaction():  # what it reads is not heard: it is theirs
        raw.execute("SET LOCAL ROLE authenticated")
        raw.execute("SELECT set_config('request.jwt.claims', %s, TRUE)", [claims])
        assert raw.execute("SELECT count(*) > 0 FROM portfolio.balances").fetchone()[0]
    reachable(stage, "set_config", "query_to_xml", "database_to_xml", "ts_stat", "current_setting")
    for header in ("request.jwt.claims", "Role", "X-Role", "X-Hasura-Role", "X-Forwarded-User", "PGRST-Role"):
        refused = stage.ask("/balances", None, **{header: claims})
        assert (refused.status_code, refused.json()["code"]) == (401, "42501"), header
    # X24: nothing of ours runs text; X05 and X06 hold too.
    assert broken_rules(stage) == set()
    # What is set for one request ends with it: the connection is everybody's.
    for _ in range(12):
        assert stage.ask("/balances?select=asset", user=stage.thief).json() != []
        assert stage.ask("/balances", None).json()["code"] == "42501"


def test_a51_become_a_service(stage: Stage) -> None:
    """RAW, API: SET ROLE and set_config('role') as either login, to what is not its own. 42501."""
    for login, others in (
        ("authenticator", OTHERS), ("service_authenticator", (*OTHERS[2:], *PEOPLE)),
    ):  # fmt: skip
        with stage.database.connect(login) as raw:
            for other in others:
                for statement in (
                    f"SET ROLE {other}",
                    f"SET LOCAL ROLE {other}",
                    f"SELECT set_config('role', '{other}', FALSE)",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        raw.execute(statement)
            assert raw.execute("SELECT current_user::text").fetchone() == (login,)
            # By itself the login has nothing.
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute("SELECT * FROM api.balances")
    for other in OTHERS:
        refused = stage.ask("/balances", bearer=stage.rest.people.token(other, stage.victim))
        assert (refused.status_code, refused.json()["code"]) == (403, "42501"), other
        inside = stage.attempt("authenticated", f"SET LOCAL ROLE {other}")
        assert inside.code == "42501", other


def test_a52_become_the_superuser(stage: Stage) -> None:
    """RAW: SET SESSION AUTHORIZATION, and a login of another name. 42501; and 28P01 or 28000 from the network."""
    for login in ("authenticator", "service_authenticator"):
        with stage.database.connect(login) as raw:
            for other in ("postgres", "tradebase", "tradebase_kernel", "service_role"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(f"SET SESSION AUTHORIZATION {other}")
    for login in ("postgres", "tradebase", "authenticator"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1",
                port=stage.database.server.port,
                dbname=stage.database.name,
                user=login,
                password=uuid.uuid4().hex,
                connect_timeout=5,
            )


def test_a54_a_setting_that_stays(stage: Stage) -> None:
    """RAW: ALTER ROLE … SET as the role itself.

    Plain PostgreSQL allows it: rule X15 names it, and the API does not apply it.
    """
    for role in ("authenticated", "anon"):
        # For every database: not kept, as others test on this cluster, too.
        with stage.be(role) as thief:
            thief.execute(f"ALTER ROLE {role} SET statement_timeout = '1ms'")
            raise psycopg.Rollback
    here = f"IN DATABASE {stage.database.name}"
    try:
        for role in ("authenticated", "anon"):
            kept = stage.attempt(role, f"ALTER ROLE {role} {here} SET statement_timeout = '1ms'")
            assert kept.code == "ok", role
        assert broken_rules(stage) == {"X15"}
        # db-config = false: PostgREST takes no settings of the roles that it becomes.
        assert stage.ask("/balances").status_code == 200
        assert stage.ask("/order_history", None).json()["code"] == "42501"
        for other in ("authenticator", "tradebase_kernel", "service_role", "postgres"):
            assert stage.attempt("authenticated", f"ALTER ROLE {other} SET statement_timeout = 0").code == "42501", (
                other
            )
        assert (
            stage.attempt("authenticated", f"ALTER DATABASE {stage.database.name} SET row_security = off").code
            == "42501"
        )
    finally:
        for role in ("authenticated", "anon"):
            stage.admin.execute(f"ALTER ROLE {role} {here} RESET ALL")
    assert "db-config = false" in (PROJECT / "config/postgrest.conf").read_text()


def test_a56_be_a_replica(stage: Stage) -> None:
    """RAW: SET session_replication_role = replica, by which triggers sleep. 42501."""
    for role in (*PEOPLE, "service_role", "tradebase_engine", "tradebase_worker", "tradebase_kernel", "tradebase"):
        assert stage.attempt(role, "SET LOCAL session_replication_role = replica").code == "42501", role


def test_a57_listen(stage: Stage) -> None:
    """RAW: LISTEN on any channel. Nothing refuses it: so nothing of ours is told there, and no request can."""
    assert stage.attempt("authenticated", "LISTEN orders").code == "ok"
    stage.login("authenticator").execute("UNLISTEN *")
    telling = stage.admin.execute(
        """
        SELECT p.oid::regprocedure::text FROM pg_proc AS p
        WHERE
            p.pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'tap')
            AND p.prosrc ~* '(\\mnotify\\M|pg_notify)'
        """
    ).fetchall()
    assert telling == []
    reachable(stage, "pg_notify", "pg_listening_channels", "pg_notification_queue_usage")


def test_a58_notify(stage: Stage) -> None:
    """RAW: NOTIFY as if one were the platform.

    Nothing refuses it: so nobody of ours believes it, and no request can.
    """
    stage.ear.execute("SELECT")
    assert stage.attempt("authenticated", "NOTIFY orders, 'all of them are filled'").code == "ok"
    heard = [told.payload for told in stage.ear.notifies(timeout=2, stop_after=1)]
    assert heard == ["all of them are filled"]  # the ear is open; see stage.leaks()
    listening = [
        path for path in (PROJECT / "scripts/tradebase").rglob("*.py") if re.search(r"\bLISTEN\b", path.read_text())
    ]
    assert listening == []
    # PostgREST listens for one word, to read the catalog again: it does, and goes on.
    assert stage.attempt("authenticated", "NOTIFY pgrst, 'reload schema'").code == "ok"
    assert stage.ask("/markets", None).status_code == 200
    reachable(stage, "pg_notify")


def test_a86_the_hash_of_a_token(stage: Stage) -> None:
    """API, RAW: read the table of sessions, and use a stolen hash as a token.

    42501; the hash is no token: TR501, 401.
    """
    for role in (None, "authenticated"):
        missed = stage.ask("/user_sessions", role)
        assert (missed.status_code, missed.json()["code"]) == (404, "42P01")
    for role in (*PEOPLE, "service_role", "tradebase_engine"):
        for column in ("token_hash", "device_hash", "*"):
            assert stage.attempt(role, f"SELECT {column} FROM identity.user_sessions").code == "42501", (
                f"{role} {column}"
            )
    stolen = hashlib.sha256(stage.secret.encode())
    for token in (stolen.hexdigest(), "\\x" + stolen.hexdigest(), base64.b64encode(stolen.digest()).decode()):
        refused = stage.call("touch_session", "service_role", session_id=stage.session, token=token)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR501")
        refused = stage.ask("/balances", bearer=token)
        assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301")
    # The token itself is one; a user does not ask, only a service does.
    answer = stage.call("touch_session", "authenticated", session_id=stage.session, token=stage.secret)
    assert (answer.status_code, answer.json()["code"]) == (403, "42501")


def test_a87_what_is_over(stage: Stage) -> None:
    """API: an expired token, a revoked session before its token expires, a role that was taken away.

    401, TR501, no row, TR008.
    """
    user = stage.another()
    expired = stage.rest.people.token("authenticated", user, exp=int(time.time()) - 60)
    refused = stage.ask("/balances", bearer=expired)
    assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301")

    session = stage.call("start_session", "service_role", user_id=str(user), token="t" * 40).json()["session_id"]
    token = stage.rest.people.token("authenticated", user, session_id=session)
    assert stage.call("place_order", bearer=token, **ORDER).status_code == 200
    assert stage.call("revoke_sessions_for", "service_role", user_id=str(user), session_id=session).json() == 1
    for function, arguments in (
        ("place_order", ORDER), ("place_orders", {"orders": [ORDER]}), ("cancel_all_orders", {}),
        ("request_withdrawal", {"asset": "AUSD", "amount": "1", "idempotency_key": "a87"}),
        ("transfer", {"to_user_id": str(stage.maker), "asset": "AUSD", "amount": "1", "idempotency_key": "a87"}),
        ("revoke_all_sessions", {}), ("cancel_order", {"order_id": stage.order}),
        ("amend_order", {"order_id": stage.order, "quantity": "1"}),
        ("cancel_withdrawal", {"transfer_id": stage.withdrawal}),
    ):  # fmt: skip
        refused = stage.call(function, bearer=token, **arguments)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR501"), f"{function}: {refused.text}"
    over = stage.rest.people.token("authenticated", user, session_id=str(uuid.uuid4()))
    assert stage.call("place_order", bearer=over, **ORDER).json()["code"] == "TR501"

    # Support whose role was taken away has a token that still names it.
    staff, customer = stage.user(), stage.another()
    stage.value("SELECT identity.grant_staff_role(%s, 'tradebase_support', 'hired')", staff)
    support = stage.rest.people.token("tradebase_support", staff)
    assert stage.call("support_open", bearer=support, user_id=str(customer), reason="asked for").status_code == 200
    assert len(stage.ask("/balances", bearer=support).json()) == 2
    stage.value("SELECT identity.revoke_staff_role(%s, 'fired')", staff)
    for view in ("balances", "open_orders", "transfers", "ledger_entries"):
        assert stage.ask(f"/{view}", bearer=support).json() == [], view
    refused = stage.call("support_open", bearer=support, user_id=str(customer), reason="asked for")
    assert (refused.status_code, refused.json()["code"]) == (400, "TR008")


def test_a88_tokens_that_are_none(stage: Stage) -> None:
    """API: alg none, another secret, audience or role, other claims under an old signature.

    401, and 403 for a role of the other door.
    """
    door, good = (
        stage.rest.people,
        {"role": "authenticated", "sub": str(stage.victim), "aud": stage.rest.people.audience},
    )
    good["exp"] = int(time.time()) + 3600
    head, body, signature = sign(good | {"sub": str(stage.thief)}, door.secret).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(good).encode()).rstrip(b"=").decode()
    confused = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"JWT"}').rstrip(b"=").decode()
    for token in (
        sign(good, None, "none"), sign(good | {"role": "service_role"}, None, "none"), sign(good, "x" * 40),
        sign(good | {"aud": "services"}, door.secret), sign(good | {"aud": "elsewhere"}, door.secret),
        f"{head}.{forged}.{signature}", f"{confused}.{body}.{signature}", f"{head}.{forged}.", "..", "a.b.c",
        stage.rest.services.token("service_role"), sign(good | {"nbf": int(time.time()) + 3600}, door.secret),
    ):  # fmt: skip
        for path in ("/balances", "/trades", "/"):
            refused = stage.ask(path, bearer=token)
            assert (refused.status_code, refused.json()["code"]) == (401, "PGRST301"), f"{path} {token[:60]}"
    for role in ("postgres", "service_role", "tradebase", "tradebase_kernel", "tradebase_engine"):
        refused = stage.ask("/balances", bearer=sign(good | {"role": role}, door.secret))
        assert (refused.status_code, refused.json()["code"]) == (403, "42501"), role


def test_a89_an_anonymous_user(stage: Stage) -> None:
    """API: Supabase's anonymous sign-in, acting as somebody who is known. TR008 for every command."""
    user = stage.another()
    anonymous = stage.rest.people.token("authenticated", user, is_anonymous=True)
    for function, arguments in (
        ("place_order", ORDER), ("place_orders", {"orders": [ORDER]}),
        ("request_withdrawal", {"asset": "AUSD", "amount": "1", "idempotency_key": "a89"}),
        ("transfer", {"to_user_id": str(stage.maker), "asset": "AUSD", "amount": "1", "idempotency_key": "a89"}),
    ):  # fmt: skip
        refused = stage.call(function, bearer=anonymous, **arguments)
        assert (refused.status_code, refused.json()["code"]) == (400, "TR008"), f"{function}: {refused.text}"
    assert stage.ask("/open_orders", user=user).json() == []
    assert stage.call("place_order", user=user, **ORDER).status_code == 200


def test_a90_metadata(stage: Stage) -> None:
    """API: a role, a user or a right in user_metadata and other claims.

    They change nothing: no policy and no function reads them.
    """
    lie = {"role": "service_role", "sub": str(stage.victim), "user_id": str(stage.victim), "is_admin": True}
    token = stage.rest.people.token(
        "authenticated", stage.thief, user_metadata=lie, app_metadata=lie, user_id=str(stage.victim), is_admin=True,
        **{"request.jwt.claims": lie},
    )  # fmt: skip
    for view in ("balances", "transfers", "open_orders", "ledger_entries", "fills"):
        assert stage.ask(f"/{view}", bearer=token).json() == stage.ask(f"/{view}").json(), view
    refused = stage.call(
        "deposit", bearer=token, user_id=str(stage.thief), asset="AUSD", amount="1", idempotency_key="a90"
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "42501")
    reading = stage.admin.execute(
        """
        SELECT polname::text FROM pg_policy
        WHERE concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) ~ '(user|app)_metadata'
        UNION ALL SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'tap')
        AND (prosrc ~ '(user|app)_metadata' OR pg_get_function_sqlbody(oid) ~ '(user|app)_metadata')
        """
    ).fetchall()
    assert reading == []
