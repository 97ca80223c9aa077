"""Taking what everybody needs: A49, A55, A61 to A66."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from stage import MARKET, Stage

from tradebase.postgrest import CONFIGURATION

pytestmark = pytest.mark.xdist_group("attacks")
ORDER = {"market": MARKET, "side": "buy", "type": "limit", "quantity": "1", "price": "1"}
# As deploy/platform.sql sets them for the login for people, in seconds.
STATEMENT, LOCK, IDLE = 8, 3, 5
BOMBS = (
    "SELECT pg_sleep(60)",
    "SELECT count(*) FROM generate_series(1, 1000000000)",
    "SELECT 'a' ~ ('(' || repeat('(a|b)*a', 12) || ')\\1{20}x') FROM generate_series(1, 1000000000)",
)


def as_the_login(stage: Stage, statement: str) -> tuple[str, float]:
    """Run a statement as a user through the login for people; return its SQLSTATE and how long it took."""
    started = time.monotonic()
    with stage.database.connect("authenticator") as raw:
        try:
            with raw.transaction():
                raw.execute("SET LOCAL ROLE authenticated")
                raw.execute(statement)
        except psycopg.Error as error:
            return error.sqlstate, time.monotonic() - started
    return "ok", time.monotonic() - started


def missing(stage: Stage, *functions: str) -> None:
    """Show that no request calls these."""
    for name in functions:
        for role in (None, "authenticated", "service_role"):
            missed = stage.call(name, role)
            assert (missed.status_code, missed.json()["code"]) == (404, "PGRST202"), f"{role} {name}"


def test_a49_bombs(stage: Stage) -> None:
    """API, RAW: pg_sleep, a billion rows, regular expressions and LIKE that never end.

    57014 in time; the API does not reach the first two.
    """
    missing(stage, "pg_sleep", "generate_series", "repeat", "regexp_matches")
    with ThreadPoolExecutor(len(BOMBS)) as crowd:
        raw = [crowd.submit(as_the_login, stage, bomb) for bomb in BOMBS]
        # Meanwhile, by the API: whatever a filter makes of them they end, and others are answered.
        for pattern in (
            "(a%2Ba%2B)%2B$",
            "((((a{1,30}){1,30}){1,30}){1,30})x",
            "(.*)*.*(.*)*x",
            f"{'(a|b)*' * 200}c",
            "(x%2Bx%2B)%2By\\1",
        ):
            for how in ("match", "imatch", "like"):
                started = time.monotonic()
                answer = stage.ask(f"/markets?symbol={how}.{pattern}", None)
                assert answer.status_code == 200 or answer.json()["code"] in ("2201B", "57014"), answer.text
                assert time.monotonic() - started < STATEMENT + 2, pattern
        assert stage.ask("/balances").status_code == 200
        for bomb, ended in zip(BOMBS, raw, strict=True):
            code, seconds = ended.result()
            assert code == "57014", f"{bomb}: {code}"
            assert seconds < STATEMENT + 4, bomb


def test_a55_no_timeout(stage: Stage) -> None:
    """RAW: SET statement_timeout = 0.

    Nothing refuses it, so it is no boundary against SQL of a client's: no request can say it.
    """
    with stage.be("authenticated") as thief:
        assert thief.execute("SHOW statement_timeout").fetchone() == (f"{STATEMENT}s",)
        thief.execute("SET LOCAL statement_timeout = 0")
        assert thief.execute("SHOW statement_timeout").fetchone() == ("0",)
    missing(stage, "set_config")
    for header in ("statement_timeout", "Prefer", "PGOPTIONS"):
        stage.ask("/markets", None, **{header: "statement_timeout=0, timeout=0, handling=lenient"})
    sessions = stage.admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'authenticator' AND application_name ~ 'PostgREST'"
    ).fetchone()[0]
    assert sessions > 0


def test_a61_many_advisory_locks(stage: Stage) -> None:
    """RAW: advisory locks without end fill the table of locks (53200).

    The API does not reach them; a superuser may revoke them.
    """
    missing(
        stage,
        "pg_advisory_lock",
        "pg_advisory_xact_lock",
        "pg_try_advisory_lock",
        "pg_advisory_lock_shared",
        "lock_market",
    )
    # A few, since the cluster is shared: nothing stops the rest.
    taken = stage.attempt(
        "authenticated", "SELECT count(pg_advisory_xact_lock(61, n)) FROM generate_series(1, 100) AS n"
    )
    assert taken.rows == [(100,)]
    # What a superuser can do about it, and the owner of a hosted database cannot: SECURITY.md has the statement.
    with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
        locks = one.execute(
            "SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc "
            "WHERE pronamespace = 'pg_catalog'::regnamespace "
            "AND proname ~ '^pg_(try_)?advisory_(xact_)?lock'"
        ).fetchone()[0]
        one.execute(
            f"REVOKE EXECUTE ON FUNCTION {locks} FROM PUBLIC; "
            f"GRANT EXECUTE ON FUNCTION {locks} TO tradebase, tradebase_kernel"
        )
        stage.speak(one, "authenticated", stage.thief)
        for lock in ("pg_advisory_lock(61)", "pg_try_advisory_lock(6, 1)", "pg_advisory_xact_lock_shared(61)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), one.connection.transaction():
                one.execute(f"SELECT {lock}")
        placed = one.execute("SELECT api.place_order(%s, 'buy', 'limit', 1, 1)", [MARKET]).fetchone()[0]
        assert placed["order"]["status"] == "open"


def test_a62_a_lock_that_others_wait_for(stage: Stage) -> None:
    """RAW: hold the lock of a market, and sqitch's.

    Others are told 55P03 in time and go on afterwards; the API does not reach it.
    """
    user = stage.another()
    with stage.database.connect("authenticator") as raw, raw.transaction():
        raw.execute("SET LOCAL ROLE authenticated; SET LOCAL idle_in_transaction_session_timeout = 0")
        raw.execute("SELECT pg_advisory_xact_lock(75474063)")
        # Whatever key the market's lock has: it is seen while somebody holds it, as everybody sees pg_locks.
        with stage.database.connect() as placing, placing.transaction(force_rollback=True):
            placing.execute("SELECT trading.place_order_for(%s, %s, 'buy', 'limit', 1, 1)", [user, MARKET])
            key = raw.execute(
                "SELECT classid, objid, objsubid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %s",
                [placing.info.backend_pid],
            ).fetchall()
        assert key
        for high, low, kind in key:
            if kind == 1:
                raw.execute("SELECT pg_advisory_xact_lock(%s::bigint)", [(high << 32) + low])
            else:
                raw.execute("SELECT pg_advisory_xact_lock(%s, %s)", [high, low])
        started = time.monotonic()
        refused = stage.call("place_order", user=user, **ORDER)
        assert refused.json()["code"] == "55P03", refused.text
        assert time.monotonic() - started < LOCK + 2
        with pytest.raises(psycopg.errors.LockNotAvailable), stage.owner.transaction():
            stage.owner.execute("SET LOCAL lock_timeout = '100ms'; SELECT pg_advisory_xact_lock(75474063)")
        # What takes no lock of a market goes on.
        assert (
            stage.call("request_withdrawal", user=user, asset="AUSD", amount="1", idempotency_key="a62").status_code
            == 200
        )
    assert stage.call("place_order", user=user, **ORDER).status_code == 200


def test_a63_prepare_transaction(stage: Stage) -> None:
    """RAW: PREPARE TRANSACTION keeps locks for ever. 55000: max_prepared_transactions is 0."""
    assert stage.value("SELECT current_setting('max_prepared_transactions')") == "0"
    for login, role in (
        ("authenticator", "authenticated"),
        ("service_authenticator", "service_role"),
        ("tradebase", "tradebase"),
    ):
        with stage.database.connect(login, autocommit=True) as raw:
            raw.execute(f"BEGIN; SET LOCAL ROLE {role}")
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                raw.execute("PREPARE TRANSACTION 'mine'")


def test_a64_five_hundred_at_once(stage: Stage) -> None:
    """API: five hundred requests at once.

    Answered, or 504 by the pool; the server has sessions left for everybody else.
    """
    token, (host, port) = stage.token(), stage.rest.people.url.removeprefix("http://").split(":")
    peak, done = [0], threading.Event()

    def watch() -> None:
        """Count the sessions of the login while it lasts, on a connection that is opened in the middle of it."""
        with stage.database.connect_as_superuser() as one:
            while not done.is_set():
                count = one.execute(
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND usename = 'authenticator' "
                    "AND application_name ~ 'PostgREST'"
                ).fetchone()[0]
                peak[0] = max(peak[0], count)
                time.sleep(0.05)

    async def ask(view: str) -> str:
        """Ask once, on a connection of its own, and return head and body."""
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET /{view} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        answer = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        return answer.decode()

    async def crowd() -> list[str]:
        """Ask all at once: what a client library would spread, comes together."""
        views = ("balances", "assets", "settings", "sessions")
        return await asyncio.gather(*(ask(view) for _ in range(125) for view in views))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        answers = asyncio.run(crowd())
    finally:
        done.set()
        watcher.join()
    for answer in answers:
        stage.hear("one of many", answer)
        assert answer.startswith("HTTP/1.1 200 ") or (answer.startswith("HTTP/1.1 504 ") and "PGRST003" in answer), (
            answer
        )
    assert len(answers) == 500
    assert sum(answer.startswith("HTTP/1.1 200 ") for answer in answers) > 0
    # The pool, and the one connection that waits for word of a new catalog.
    assert 0 < peak[0] <= 11
    assert "db-pool = 10" in CONFIGURATION.read_text()


def test_a65_idle_in_a_transaction(stage: Stage) -> None:
    """RAW: BEGIN, and nothing more. 25P03: the session ends, and its locks with it."""
    with stage.database.connect("authenticator") as raw:
        assert raw.execute("SHOW idle_in_transaction_session_timeout").fetchone() == (f"{IDLE}s",)
        raw.execute("BEGIN; SET LOCAL ROLE authenticated; SELECT 1")
        time.sleep(IDLE + 1)
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            raw.execute("SELECT 1")
        assert raw.closed
    with stage.database.connect("service_authenticator") as raw:
        assert raw.execute("SHOW idle_in_transaction_session_timeout").fetchone() == (f"{IDLE}s",)


def test_a66_a_row_that_is_locked(stage: Stage) -> None:
    """API: somebody slow holds the rows of a hot account.

    55P03 for who needs them, in time; the others do not notice.
    """
    hot, other = stage.another(), stage.another()
    withdraw = {"asset": "AUSD", "amount": "1"}
    with stage.database.connect() as slow, slow.transaction():
        slow.execute("SELECT FROM portfolio.balances WHERE user_id = %s FOR UPDATE", [hot])
        started = time.monotonic()
        with ThreadPoolExecutor(8) as crowd:
            asked = list(crowd.map(
                lambda n: stage.call("request_withdrawal", user=hot, **withdraw, idempotency_key=f"a66.{n}"), range(8)
            ))  # fmt: skip
        # Eight who wait do not wait in a row.
        assert time.monotonic() - started < 2 * LOCK + 2
        assert {answer.json()["code"] for answer in asked} == {"55P03"}, {answer.text for answer in asked}
        assert {answer.status_code for answer in asked} == {500}
        assert stage.call("request_withdrawal", user=other, **withdraw, idempotency_key="a66").status_code == 200
        assert stage.ask("/balances", user=hot).status_code == 200
    assert stage.call("request_withdrawal", user=hot, **withdraw, idempotency_key="a66.0").status_code == 200
    # DDL that waits in front of readers: they end, too, and say why.
    with stage.database.connect() as slow, slow.transaction(force_rollback=True):
        slow.execute("LOCK TABLE trading.fills IN ACCESS EXCLUSIVE MODE")
        refused = stage.ask("/fills")
        assert (refused.status_code, refused.json()["code"]) == (500, "55P03"), refused.text
