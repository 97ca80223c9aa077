"""A server that is down, stuck or full, seen through the pool: an error in bounded time, and then all is well."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from pooled import Pooled, pool_of, set_in

from tradebase import database as databases
from tradebase import server as servers
from tradebase.embedded import binaries_of
from tradebase.server import TEMPORARY, Server, children_of, durable_server, scratch_parent
from tradebase.stack import certificates, pgbouncer

pytestmark = pytest.mark.xdist_group("pool")
# The configuration's limits are seconds that a person would wait: here the same are short.
SHORT = {
    "query_wait_timeout": 1, "idle_transaction_timeout": 2, "query_timeout": 3, "client_login_timeout": 1,
    "server_connect_timeout": 1, "default_pool_size": 2, "reserve_pool_size": 0, "max_client_conn": 20,
}  # fmt: skip


@pytest.fixture(scope="module")
def encrypted(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a server of its own, without the package, that has TLS and nothing else: it is stopped and killed."""
    with durable_server(binaries_of(request.config.option.postgres), scratch_parent(), TEMPORARY) as server:
        folder = Path(server.home, "certificates")
        certificates.make(folder, ["postgresql"])
        trusted = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
        Path(server.data, "pg_hba.conf").write_text(trusted)
        with databases.connect(server) as admin:
            for name, value in (
                ("ssl_cert_file", folder / "postgresql.crt"), ("ssl_key_file", folder / "postgresql.key"),
                ("ssl_min_protocol_version", "TLSv1.3"), ("ssl", "on"), ("statement_timeout", "0"),
                ("synchronous_commit", "on"), ("client_connection_check_interval", "1s"),
            ):  # fmt: skip
                admin.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("CREATE ROLE authenticator LOGIN; CREATE ROLE service_authenticator LOGIN")
            admin.execute("CREATE TABLE public.kept (n bigint); GRANT ALL ON public.kept TO PUBLIC")
        yield server


@pytest.fixture(scope="module")
def signed(encrypted: Server) -> Path:
    """Give the folder of that server's certificate."""
    return Path(encrypted.home, "certificates")


@pytest.fixture(scope="module")
def pool(encrypted: Server, signed: Path) -> Iterator[Pooled]:
    """Give a pool with short limits in front of that server, which it verifies."""
    with pool_of(encrypted, "postgres", signed=signed, tls=True, change=lambda at: set_in(at, **SHORT)) as made:
        yield made


def fails(work: Callable[[], object], within: float) -> str:
    """Return what a client is told when something fails, which it must within so many seconds."""
    begun = time.monotonic()
    with pytest.raises(psycopg.OperationalError) as why:
        work()
    took = time.monotonic() - begun
    assert took < within, f"{took:.1f} s: {why.value}"
    return str(why.value)


def ask(pool: Pooled) -> tuple[int]:
    """Come in anew and ask for something."""
    with pool.connect() as client:
        return client.execute("SELECT 1").fetchone()


def recovers(pool: Pooled, within: float = 5) -> None:
    """Return as soon as a new client is served; nobody does anything about it."""
    end = time.monotonic() + within
    while True:
        try:
            assert ask(pool) == (1,)
            break
        except psycopg.OperationalError:
            assert time.monotonic() < end, "it does not recover"
            time.sleep(0.05)
    # And not by chance: everybody is.
    for _ in range(5):
        assert ask(pool) == (1,)


@contextmanager
def stuck(server: Server) -> Iterator[None]:
    """Let no process of the server run: it takes connections, as the kernel does that, and answers nobody."""
    postmaster = int(Path(server.data, "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGSTOP)
    children = children_of(postmaster)
    for child in children:
        os.kill(child, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in (*children, postmaster):
            os.kill(process, signal.SIGCONT)


# The server.


def test_the_server_is_verified(pool: Pooled) -> None:
    """The connection to the server is TLS 1.3, by the name and the authority that the configuration says."""
    with pool.connect() as client:
        said = client.execute("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone()
    assert said == (True, "TLSv1.3")


@pytest.mark.parametrize("wrong", ["authority", "host"])
def test_a_server_that_is_another_is_refused(encrypted: Server, signed: Path, wrong: str) -> None:
    """Its certificate is by another authority, or of another name: nobody's password is shown to it."""
    if wrong == "host":
        # What it is found by is in no certificate.
        host, folder = "127.0.0.2", signed
        with databases.connect(encrypted) as admin:
            hba = Path(encrypted.data, "pg_hba.conf")
            hba.write_text(hba.read_text() + "hostssl all all 127.0.0.0/8 scram-sha-256\n")
            admin.execute("ALTER SYSTEM SET listen_addresses = '127.0.0.1,127.0.0.2'")
        servers.stop(encrypted)
        servers.start(encrypted)
    else:
        host, folder = "127.0.0.1", None
    with pool_of(
        encrypted, "postgres", signed=folder, host=host, tls=True, change=lambda at: set_in(at, **SHORT)
    ) as other:
        told = fails(lambda: ask(other), within=5)
        log = other.pooler.part.log.read_text()
        assert "FATAL" in told
        assert (
            ("certificate verify failed" in log)
            if wrong == "authority"
            else ("not present in server certificate" in log)
        ), log
        with databases.connect(encrypted) as admin:
            assert admin.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'pgbouncer' "
                                 "AND client_addr = '127.0.0.2'").fetchone() == (0,)  # fmt: skip


def test_a_server_that_is_down_is_told_at_once_and_found_again(pool: Pooled, encrypted: Server) -> None:
    """Who is connected hears it as soon as who comes; a second after it is back it is used."""
    with pool.connect() as client:
        client.execute("SELECT")
        servers.stop(encrypted)
        try:
            fails(lambda: client.execute("SELECT"), within=3)
            # The first to come may be the one to find out; from then on nobody waits.
            fails(lambda: ask(pool), within=3)
            told = fails(lambda: ask(pool), within=1)
            assert "FATAL" in told
        finally:
            servers.start(encrypted)
    recovers(pool)


def test_a_server_that_is_killed_loses_no_more_than_what_was_begun(pool: Pooled, encrypted: Server) -> None:
    """What was committed through the pool is there, what was not is not; the client hears of it."""
    with pool.connect() as client:
        client.execute("INSERT INTO public.kept VALUES (1)")
        client.execute("BEGIN; INSERT INTO public.kept VALUES (2)")
        servers.kill(encrypted)
        try:
            fails(lambda: client.execute("COMMIT"), within=3)
        finally:
            servers.start(encrypted)
    recovers(pool)
    with pool.connect() as client:
        assert client.execute("SELECT array_agg(n) FROM public.kept").fetchone() == ([1],)


def test_a_session_that_was_ended_is_replaced(pool: Pooled) -> None:
    """As by an operator, or by the server's own limits: one client hears it, the next has another session."""
    with pool.connect() as client, pool.as_superuser() as admin:
        client.execute("BEGIN")
        (backend,) = client.execute("SELECT pg_backend_pid()").fetchone()
        admin.execute("SELECT pg_terminate_backend(%s)", [backend])
        fails(lambda: client.execute("SELECT"), within=3)
    recovers(pool)


def test_a_server_that_is_stuck_keeps_nobody_for_long(pool: Pooled, encrypted: Server) -> None:
    """A query ends after query_timeout, a login after less than that and the time to connect; then it goes on."""
    with pool.connect() as client, pool.connect() as waiter:
        client.execute("SELECT")
        waiter.execute("SELECT")
        with stuck(encrypted):
            fails(lambda: client.execute("SELECT"), within=6)
            fails(lambda: waiter.execute("SELECT"), within=6)
            fails(lambda: ask(pool), within=6)
    recovers(pool)


# The pool.


def test_a_pool_that_is_full_tells_who_has_waited_too_long(pool: Pooled) -> None:
    """And serves them again as soon as somebody is done; it never opens more than it may."""
    with ExitStack() as held:
        holders = [held.enter_context(pool.connect()) for _ in range(2)]
        for holder in holders:
            holder.execute("BEGIN")
        with pool.connect() as late:
            told = fails(lambda: late.execute("SELECT"), within=4)
            assert "query_wait_timeout" in told
        with pool.as_superuser() as admin:
            sessions = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'authenticator'"
            assert admin.execute(sessions).fetchone() == (2,)
    recovers(pool)


def test_who_thinks_within_a_transaction_loses_it(pool: Pooled) -> None:
    """Whatever the client has set for itself; what it locked is free."""
    with pool.connect() as client, pool.as_superuser() as admin:
        client.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock(4714)")
        time.sleep(2.5)
        assert "idle transaction timeout" in fails(lambda: client.execute("SELECT"), within=1)
        end = time.monotonic() + 5
        while admin.execute("SELECT count(*) FROM pg_locks WHERE objid = 4714").fetchone() != (0,):
            assert time.monotonic() < end


def test_who_turns_off_its_limit_meets_another(pool: Pooled) -> None:
    """A55: SET statement_timeout = 0 is everybody's to say; beyond it is query_timeout, and the statement ends."""
    with pool.connect() as client, pool.as_superuser() as admin:
        client.execute("BEGIN; SET LOCAL statement_timeout = 0")
        told = fails(lambda: client.execute("SELECT pg_sleep(60)"), within=5)
        assert "query timeout" in told
        end = time.monotonic() + 5
        running = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)' AND state = 'active'"
        while admin.execute(running).fetchone() != (0,):
            assert time.monotonic() < end, "it runs on"
            time.sleep(0.05)


def test_one_client_too_many_is_told(pool: Pooled) -> None:
    """And comes in when another has gone."""
    with ExitStack() as held:
        for _ in range(SHORT["max_client_conn"]):
            held.enter_context(pool.connect())
        assert "no more connections allowed" in fails(pool.connect, within=1)
    recovers(pool)


def test_a_client_that_never_says_who_it_is_is_cut_off(pool: Pooled) -> None:
    """It would hold up a restart."""
    with socket.create_connection(("127.0.0.1", pool.pooler.port)) as silent:
        silent.settimeout(5)
        begun = time.monotonic()
        while silent.recv(1000):
            pass
        assert time.monotonic() - begun < 4
    assert "client_login_timeout" in pool.pooler.part.log.read_text()


def test_the_server_s_last_connections_are_not_the_pool_s(pool: Pooled) -> None:
    """What all its logins may open together is less than PostgreSQL's default of max_connections."""
    shown = {row["key"]: int(row["value"]) for row in pgbouncer.console(pool.pooler, "SHOW CONFIG") if row["key"] in (
        "max_db_connections", "max_client_conn"
    )}  # fmt: skip
    assert shown["max_db_connections"] < 100 - 20
