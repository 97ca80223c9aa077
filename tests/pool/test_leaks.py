"""What a client leaves in a session, the next one does not find: ten thousand transactions of clients who misbehave."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from pooled import PASSWORD, Pooled, narrow, pool_of, set_in

from tradebase.stack.pgbouncer import Pooler

pytestmark = pytest.mark.xdist_group("pool")
LOGIN = "t_careless"
TRANSACTIONS, SOME = 10_000, 2_000
# One statement, as every client sees it of itself, or of the session that it was given.
STATE = """
SELECT
    pg_backend_pid(), session_user::text, current_user::text, current_setting('role'),
    nullif(current_setting('request.jwt.claims', TRUE), ''), nullif(current_setting('t.own', TRUE), ''),
    current_setting('statement_timeout'), current_setting('lock_timeout'),
    current_setting('idle_in_transaction_session_timeout'), current_setting('search_path'),
    current_setting('row_security'), current_setting('work_mem'), current_setting('plan_cache_mode'),
    current_setting('application_name'), current_setting('timezone'), current_setting('datestyle'),
    current_setting('client_encoding'),
    current_setting('default_transaction_isolation'), current_setting('default_transaction_read_only'),
    (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE is_holdable),
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()),
    (SELECT count(*) FROM pg_listening_channels())
"""
LAST_VALUE = "SELECT lastval()"


@dataclass(frozen=True)
class Kind:
    """A kind of state: what leaves it behind, and which column of STATE, or what else, would show it to the next."""

    leave: str
    seen: Callable[[psycopg.Connection], object]


def column(number: int) -> Callable[[psycopg.Connection], object]:
    """Return what looks at one column of STATE."""
    return lambda client: client.execute(STATE).fetchone()[number]


def last_value(client: psycopg.Connection) -> object:
    """Return the value that the session drew last, None when it drew none."""
    try:
        return client.execute(LAST_VALUE).fetchone()[0]
    except psycopg.errors.ObjectNotInPrerequisiteState:
        return None


CLAIMS = json.dumps({"sub": "11111111-1111-4111-8111-111111111111", "role": "authenticated"})
KINDS = {
    "a role": Kind("SET ROLE authenticated", column(2)),
    "a role by set_config": Kind("SELECT set_config('role', 'service_role', FALSE)", column(3)),
    "claims": Kind(f"SELECT set_config('request.jwt.claims', '{CLAIMS}', FALSE)", column(4)),
    "a setting of one's own": Kind("SET t.own = 'mine'", column(5)),
    "a statement's time": Kind("SET statement_timeout = '123s'", column(6)),
    "a lock's time": Kind("SET lock_timeout = '123s'", column(7)),
    "an idle time": Kind("SET idle_in_transaction_session_timeout = '123s'", column(8)),
    "a search path": Kind("SET search_path = public", column(9)),
    "row security": Kind("SET row_security = off", column(10)),
    "memory": Kind("SET work_mem = '64kB'", column(11)),
    "a way to plan": Kind("SET plan_cache_mode = force_generic_plan", column(12)),
    "a name": Kind("SET application_name = 'somebody else'", column(13)),
    "a time zone": Kind("SET timezone = 'Asia/Tokyo'", column(14)),
    "a way to write dates": Kind("SET datestyle = 'German'", column(15)),
    "an encoding": Kind("SET client_encoding = 'LATIN1'", column(16)),
    "an isolation": Kind("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE", column(17)),
    "read only": Kind("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", column(18)),
    "a prepared statement": Kind("PREPARE t_one AS SELECT 1", column(19)),
    "a cursor": Kind("DECLARE t_all CURSOR WITH HOLD FOR SELECT 1", column(20)),
    "a lock": Kind("SELECT pg_advisory_lock(4711)", column(21)),
    "a shared lock": Kind("SELECT pg_advisory_lock_shared(4712)", column(21)),
    "a temporary table": Kind("CREATE TEMPORARY TABLE t_markets AS SELECT 1", column(22)),
    "a subscription": Kind("LISTEN t_orders", column(23)),
    "a sequence": Kind("SELECT nextval('public.t_sequence')", last_value),
}
# What PgBouncer itself keeps apart for each client, whether anything is reset or not.
KEPT_APART = {"a name", "a time zone", "a way to write dates", "an encoding"}


@pytest.fixture(scope="module")
def careless(pooled: Pooled) -> Iterator[Pooled]:
    """Give one session for all, and a login that may leave anything in it, temporary tables too."""
    with pooled.as_superuser() as admin:
        admin.execute(f"CREATE ROLE {LOGIN} LOGIN NOINHERIT PASSWORD '{PASSWORD}'")
        admin.execute(f"GRANT authenticated, service_role, tradebase_engine TO {LOGIN}")
        admin.execute(f"GRANT TEMPORARY ON DATABASE {pooled.name} TO {LOGIN}")
        admin.execute(f"CREATE SEQUENCE public.t_sequence; GRANT USAGE ON SEQUENCE public.t_sequence TO {LOGIN}")
        admin.execute(f"ALTER ROLE {LOGIN} SET statement_timeout = '8s'")
    with pool_of(pooled.server, pooled.name, change=narrow) as pool:
        yield pool
    with pooled.as_superuser() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [LOGIN])
        admin.execute(f"DROP SEQUENCE public.t_sequence; DROP OWNED BY {LOGIN}; DROP ROLE {LOGIN}")


@contextmanager
def two_clients(pool: Pooled) -> Iterator[tuple[psycopg.Connection, psycopg.Connection]]:
    """Give one who misbehaves and one who comes after."""
    with pool.connect(LOGIN, application_name="careless") as one, pool.connect(LOGIN, application_name="next") as other:
        yield one, other


def test_nothing_is_left_for_the_next_client(careless: Pooled, request: pytest.FixtureRequest) -> None:
    """After each of ten thousand transactions (2,000 without --full) the same session is as new, whatever was left."""
    count = TRANSACTIONS if request.config.option.full else SOME
    with two_clients(careless) as (one, other):
        before, drawn = other.execute(STATE).fetchone(), last_value(other)
        for kind in itertools.islice(itertools.cycle(KINDS.values()), count // 2):
            one.execute(kind.leave)
            assert other.execute(STATE).fetchone() == before, kind
            if kind.seen is last_value:
                assert last_value(other) == drawn is None


def test_nor_is_anything_left_by_a_transaction_that_fails_or_dies(careless: Pooled) -> None:
    """A client that is gone in the middle, or whose transaction was rolled back, leaves as little."""
    with careless.connect(LOGIN, application_name="next") as other:
        fresh = other.execute(STATE).fetchone()[1:]
        for kind in KINDS.values():
            with careless.connect(LOGIN, autocommit=False) as one:
                one.execute(kind.leave)
                with pytest.raises(psycopg.errors.DivisionByZero):
                    one.execute("SELECT 1 / 0")
                one.rollback()
                # And the session that was cut off with its work is not used again.
                one.execute(kind.leave)
                one.pgconn.finish()
            assert other.execute(STATE).fetchone()[1:] == fresh, kind


def test_every_setting_there_is_is_as_it_was(careless: Pooled) -> None:
    """Not only those that are named above: all that a login may change, changed."""
    every = "SELECT name, setting FROM pg_settings ORDER BY name"
    others = """
        SELECT name, CASE
            WHEN vartype = 'bool' THEN CASE setting WHEN 'on' THEN 'off' ELSE 'on' END
            WHEN vartype = 'enum' THEN (SELECT v FROM unnest(enumvals) AS v WHERE v <> setting LIMIT 1)
            WHEN vartype IN ('integer', 'real') THEN
                CASE WHEN setting = min_val THEN (min_val::numeric + 1)::text ELSE min_val END
            ELSE 'postgres' END
        FROM pg_settings WHERE context = 'user' AND name <> 'client_encoding' ORDER BY name
    """
    changed = 0
    with two_clients(careless) as (one, other):
        before = other.execute(every).fetchall()
        for name, value in other.execute(others).fetchall():
            try:
                one.execute("SELECT set_config(%s, %s, FALSE)", [name, value])
            except psycopg.DatabaseError:
                continue  # what refuses the value, or is set together with another
            changed += 1
            assert [pair for pair in other.execute(every).fetchall() if pair not in before] == [], name
    assert changed > 100


def test_without_the_reset_each_kind_is_left(careless: Pooled) -> None:
    """Or the tests above would prove nothing: a pooler that resets nothing hands on all of it."""
    found = set()

    def forget_the_reset(pooler: Pooler) -> None:
        narrow(pooler)
        set_in(pooler, server_reset_query_always=0)

    with pool_of(careless.server, careless.name, change=forget_the_reset) as leaky:
        for name, kind in KINDS.items():
            with two_clients(leaky) as (one, other):
                before = kind.seen(other)
                one.execute(kind.leave)
                if kind.seen(other) != before:
                    found.add(name)
                one.execute("DISCARD ALL")
    assert found == KINDS.keys() - KEPT_APART


def test_the_reset_is_discard_all_but_for_the_plans(careless: Pooled) -> None:
    """PostgreSQL's manual says what DISCARD ALL is; a plan that stays is not another client's to see."""
    text = (careless.pooler.home / "pgbouncer.ini").read_text()
    (query,) = [line.partition(" = ")[2] for line in text.splitlines() if line.startswith("server_reset_query =")]
    assert query.split("; ") == [
        "CLOSE ALL", "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "DEALLOCATE ALL", "UNLISTEN *",
        "SELECT pg_advisory_unlock_all()", "DISCARD TEMP", "DISCARD SEQUENCES",
    ]  # fmt: skip


def test_a_prepared_statement_is_missed_by_who_made_it(careless: Pooled) -> None:
    """A client that prepares its statements hears so (26000), and never gets somebody else's under the same name."""
    with careless.connect(LOGIN, prepare_threshold=0) as one, careless.connect(LOGIN, prepare_threshold=0) as other:
        for client in (one, other, one, other):
            with pytest.raises(psycopg.errors.InvalidSqlStatementName) as missed:
                client.execute("SELECT 'whose'")
            assert missed.value.sqlstate == "26000"


def test_what_somebody_listens_to_is_not_told_to_the_next(careless: Pooled) -> None:
    """A subscription ends with its transaction: neither of them hears."""
    with two_clients(careless) as (one, other):
        one.execute("LISTEN t_orders")
        with careless.direct() as owner:
            owner.execute("NOTIFY t_orders, 'filled'")
        for client in (one, other):
            client.execute("SELECT")
            assert list(client.notifies(timeout=0.1)) == []


def test_settings_of_the_login_are_what_a_session_goes_back_to(pooled: Pooled) -> None:
    """What platform says of authenticator is true of each of its transactions: nobody keeps a connection."""
    with pooled.connect() as client:
        for _ in range(3):
            said = client.execute(
                "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
                "current_setting('idle_in_transaction_session_timeout'), current_setting('plan_cache_mode')"
            ).fetchone()
            assert said == ("8s", "3s", "5s", "force_custom_plan")
            client.execute("SET statement_timeout = 0")


def test_who_may_not_lock_is_served_all_the_same(careless: Pooled) -> None:
    """Where advisory locks are revoked, as SECURITY.md says, the pooler still resets a session and keeps it."""
    with careless.as_superuser() as admin:
        (locks,) = admin.execute(
            "SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc "
            "WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '^pg_(try_)?advisory_(xact_)?lock'"
        ).fetchone()
        admin.execute(f"REVOKE EXECUTE ON FUNCTION {locks} FROM PUBLIC")
        try:
            with careless.connect() as client:
                backend = client.execute("SELECT pg_backend_pid()").fetchone()
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    client.execute("SELECT pg_advisory_lock(53)")
                assert client.execute("SELECT pg_backend_pid()").fetchone() == backend
        finally:
            admin.execute(f"GRANT EXECUTE ON FUNCTION {locks} TO PUBLIC")
