"""What an answer tells without saying it, and what is told to everybody: A31 to A34, A36, A59, A93, A94."""

import uuid

import pytest
from stage import PEOPLE, Stage

pytestmark = pytest.mark.xdist_group("attacks")


def test_a31_a_name_that_is_taken(stage: Stage) -> None:
    """API, RAW: find out whether somebody has this name.

    No unique key tells: what a user writes is unique beside their own id, or not at all.
    """
    other = stage.user()
    for user in (other, stage.thief):
        named = stage.attempt("authenticated", "UPDATE identity.profiles SET display_name = 'The same'", user=user)
        assert (named.code, named.count) == ("ok", 1)
    telling = stage.admin.execute(
        """
        SELECT i.indexrelid::regclass::text
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
        WHERE
            i.indisunique AND NOT c.relispartition AND EXISTS (
                SELECT FROM unnest(i.indkey) AS k (attnum)
                WHERE k.attnum > 0 AND (
                    has_column_privilege('authenticated', c.oid, k.attnum, 'INSERT')
                    OR has_column_privilege('authenticated', c.oid, k.attnum, 'UPDATE')
                )
            )
        """
    ).fetchall()
    assert telling == []
    # What is the client's own to choose stands beside whose it is.
    keys = stage.admin.execute(
        """
        SELECT i.indrelid::regclass::text FROM pg_index AS i JOIN pg_attribute AS a
            ON
                a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                AND a.attname IN ('client_order_id', 'idempotency_key')
        WHERE i.indisunique AND NOT EXISTS (
            SELECT FROM pg_attribute AS u
            WHERE u.attrelid = i.indrelid AND u.attname = 'user_id' AND u.attnum = ANY (i.indkey)
        )
        """
    ).fetchall()
    assert keys == []


def test_a32_a_mail_address_that_is_taken(stage: Stage) -> None:
    """API, RAW: find out whether somebody is signed up with this address.

    Signing up is the auth service's; here both are refused alike.
    """
    sign_up = "INSERT INTO auth.users (id, email) VALUES (gen_random_uuid(), %s)"
    for role in ("anon", "authenticated", "service_role", "tradebase_support", "tradebase_operator"):
        answers = {
            (a.code, a.said.replace(address, "")) for address in ("user1@example.org", "nobody@example.org")
            for a in (stage.attempt(role, sign_up, address),)
        }  # fmt: skip
        assert {code for code, _ in answers} == {"42501"}, role
        assert len(answers) == 1, role
        assert stage.attempt(role, "SELECT email FROM auth.users").code == "42501", role
    for path in ("/users?email=eq.user1@example.org", "/rpc/signup", "/rpc/ensure_user"):
        assert stage.ask(path, None).status_code == 404, path
    # Our trigger of auth.users answers nothing, and never fails a sign-up.
    assert stage.user()


def test_a33_an_id_that_exists(stage: Stage) -> None:
    """API, RAW: commands and references to the victim's ids and to ids of nobody.

    The answers are the same but for the id.
    """
    for function, argument, theirs in (
        ("cancel_order", "order_id", stage.order), ("cancel_order", "order_id", stage.closed),
        ("amend_order", "order_id", stage.order), ("cancel_withdrawal", "transfer_id", stage.withdrawal),
        ("revoke_session", "session_id", stage.session),
    ):  # fmt: skip
        more = {"quantity": "0.1"} if function == "amend_order" else {}
        answers = set()
        for some in (theirs, str(uuid.uuid4())):
            answer = stage.call(function, **{argument: some}, **more)
            answers.add((answer.status_code, answer.text.replace(some, "…")))
        assert len(answers) == 1, answers
    # Who has not got the money is not told whether there is somebody to send it to.
    answers = set()
    for some in (str(stage.victim), str(uuid.uuid4())):
        answer = stage.call("transfer", to_user_id=some, asset="AUSD", amount="999999999", idempotency_key="a33")
        answers.add((answer.status_code, answer.text.replace(some, "…")))
    assert len(answers) == 1, answers
    # No reference that a user may write leads to a row of somebody else's.
    for some in (stage.victim, uuid.uuid4()):
        assert (
            stage.attempt("authenticated", "INSERT INTO identity.user_sessions (user_id) VALUES (%s)", some).code
            == "42501"
        )
    assert (
        stage.admin.execute(
            """
        SELECT c.conname FROM pg_constraint AS c
        WHERE
            c.contype = 'f' AND c.confrelid::regclass::text NOT IN ('market.assets', 'market.markets') AND EXISTS (
                SELECT FROM unnest(c.conkey) AS k (attnum)
                WHERE has_column_privilege('authenticated', c.conrelid, k.attnum, 'INSERT, UPDATE')
            )
        """
        ).fetchall()
        == []
    )


def test_a34_errors_over_hidden_rows(stage: Stage) -> None:
    """RAW, API: a filter that fails on the rows of somebody else: it is never asked about them."""
    for table, owner in (
        ("portfolio.balances", "user_id"), ("trading.orders", "user_id"), ("trading.fills", "user_id"),
        ("portfolio.ledger_entries", "user_id"), ("identity.profiles", "user_id"), ("portfolio.transfers", "user_id"),
        ("trading.positions", "user_id"), ("identity.user_sessions", "user_id"), ("identity.users", "id"),
    ):  # fmt: skip
        bomb = f"SELECT count(*) FROM {table} WHERE 1 / (CASE WHEN {owner} = %s THEN 0 ELSE 1 END) = 1"
        assert stage.attempt("authenticated", bomb, stage.victim).code == "ok", table
    stranger = stage.user()
    for filtered in (
        "SELECT 1 FROM trading.orders WHERE client_order_id::text::integer > 0",
        "SELECT 1 FROM portfolio.transfers WHERE destination::integer > 0",
        "SELECT 1 FROM portfolio.balances WHERE available::text::uuid IS NOT NULL",
    ):
        assert stage.attempt("authenticated", filtered, user=stranger).code == "ok", filtered
    for path in (
        "/transfers?select=destination::int",
        "/open_orders?select=client_order_id::uuid",
        "/order_history?select=price::int2",
    ):
        answer = stage.ask(path, user=stranger)
        assert (answer.status_code, answer.json()) == (200, []), path


def test_a36_plans(stage: Stage) -> None:
    """API: EXPLAIN by media type. 415: plans are off, for they tell how many rows others have."""
    for role in ("authenticated", None, "service_role"):
        for form in ("", "+json", "+text", '+json; for="application/json"; options=analyze|verbose|buffers'):
            answer = stage.ask("/trades", role, Accept=f"application/vnd.pgrst.plan{form}")
            assert (answer.status_code, answer.json()["code"]) == (415, "PGRST107"), answer.text
            assert "rows" not in answer.text.lower()


def test_a59_a_topic_of_somebody_else(stage: Stage) -> None:
    """RAW: join the victim's private topic, as Realtime asks whether one may, and put words on it. No row, 42501."""
    stage.value("SELECT events.add_consumer('realtime', TRUE)")
    while stage.value("SELECT events.relay_realtime()"):
        pass
    theirs = f"user:{stage.victim}"
    assert stage.admin.execute("SELECT FROM realtime.messages WHERE topic = %s", [theirs]).rowcount > 10
    joined = "SELECT set_config('realtime.topic', %s, TRUE); "
    for role in (*PEOPLE, "service_role", "tradebase_engine"):
        for topic in (theirs, f"user:{stage.thief}", "", "engine:ABTC-AUSD", "market:ABTC-AUSD"):
            for attack in (
                "SELECT * FROM realtime.messages WHERE topic = %s AND topic <> 'market:ABTC-AUSD'",
                "SELECT payload FROM realtime.messages WHERE payload::text ~ %s",
            ):
                read = stage.attempt(role, joined + attack, topic, theirs)
                # Who signed in is asked row by row; of the topic that one joined one is shown its rows.
                assert (read.code, read.count) in (("ok", 0), ("42501", 0)), (role, topic, read)
        for write in (
            "INSERT INTO realtime.messages (topic, extension, event, payload, private) "
            "VALUES (%s, 'broadcast', 'orders', '{}', TRUE)",
            "UPDATE realtime.messages SET payload = '{}' WHERE topic = %s",
            "DELETE FROM realtime.messages WHERE topic = %s",
            "SELECT realtime.send('{}', 'orders', %s, TRUE)",
            "SELECT events.send_realtime('{}', 'orders', %s)",
        ):
            if role == "service_role" and "realtime.send(" in write:
                continue  # a service may tell whom it likes, on Supabase too
            said = stage.attempt(role, joined + write, theirs, theirs)
            assert said.code == "42501", (role, write, said)


def test_a93_what_there_is(stage: Stage) -> None:
    """API: the list of what there is, and GraphQL. To each role what it may use, and no other schema's."""
    for role in (None, "authenticated", "service_role", "tradebase_engine", "tradebase_support"):
        listed = stage.ask("/", role)
        allowed = {path for (path,) in stage.admin.execute(
            """
            SELECT '/' || relname FROM pg_class
            WHERE relnamespace = 'api'::regnamespace AND relkind = 'v' AND has_table_privilege(%(role)s, oid, 'SELECT')
            UNION SELECT '/rpc/' || proname FROM pg_proc
            WHERE
                pronamespace = 'api'::regnamespace AND (pronargs = 0 OR proargnames IS NOT NULL)
                AND has_function_privilege(%(role)s, oid, 'EXECUTE')
            """, {"role": role or "anon"}
        )}  # fmt: skip
        assert listed.status_code == 200
        assert set(listed.json()["paths"]) - {"/"} == allowed, role
    for path in ("/graphql/v1", "/rpc/graphql", "/graphql"):
        assert stage.ask(path, None, "POST", {"query": "{__schema{types{name}}}"}).status_code == 404, path
    for schema in (
        "identity",
        "trading",
        "portfolio",
        "audit",
        "partitions",
        "pg_catalog",
        "information_schema",
        "auth",
    ):
        answer = stage.ask("/", None, Accept_Profile=schema)
        assert (answer.status_code, answer.json()["code"]) == (406, "PGRST106"), schema


def test_a94_hints(stage: Stage) -> None:
    """API: misspelt names, to be told the right ones. No hint names a table, column or function outside api."""
    hidden = {
        name for (name,) in stage.admin.execute(
            """
            SELECT c.relname FROM pg_class AS c
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text IN (
                'identity', 'trading', 'portfolio', 'market', 'system', 'ops', 'audit', 'partitions', 'auth'
            )
            UNION SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace::regnamespace::text IN (
                'identity', 'trading', 'portfolio', 'market', 'system', 'ops', 'audit'
            )
            EXCEPT (
                SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace
                UNION SELECT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace
            )
            """
        )
    }  # fmt: skip
    assert {"client_orders", "post_journal"} <= hidden
    for role in (None, "authenticated"):
        for path in (
            "/client_order", "/clientorders", "/orders_ope", "/user", "/profil", "/rpc/post_journa",
            "/rpc/acting_user",
            "/rpc/erase_use", "/fills?select=client_order(*)", "/fills?select=user(*)", "/fills?user_i=eq.1",
            "/trades?select=maker_order", "/balances?select=user", "/audit_log", "/rpc/staff_rol",
        ):  # fmt: skip
            answer = stage.ask(path, role)
            assert answer.status_code in (400, 404), path
            told = " ".join(str(answer.json()[part]) for part in ("message", "details", "hint"))
            assert [name for name in hidden if name in told and name not in path] == [], f"{path}: {told}"
