"""The pooler goes and comes back: planned, without an error for anybody on its socket; and after it was killed."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from pooled import PASSWORD, Pooled, kill, narrow, pool_of, set_in

from tradebase import ENVIRONMENT, Problem
from tradebase import server as servers
from tradebase.stack import certificates, parts, pgbouncer
from tradebase.stack.pgbouncer import Pooler, Waiting

pytestmark = pytest.mark.xdist_group("pool")
CLAIMS = json.dumps({"role": "authenticated", "sub": "11111111-1111-4111-8111-111111111111"})


@dataclass
class Load:
    """What clients did meanwhile, and what went wrong."""

    done: int = 0
    came: int = 0
    errors: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def load(pool: Pooled, clients: int, tls: bool = False) -> Iterator[Load]:
    """Let clients send transactions of several statements, as PostgREST's are, one after the other."""
    made = Load()

    def work() -> None:
        try:
            with pool.connect(tls=tls) as client:
                made.came += 1
                while not made.over.is_set():
                    with client.transaction():
                        client.execute("SELECT set_config('role', 'authenticated', TRUE)")
                        client.execute("SELECT set_config('request.jwt.claims', %s, TRUE)", [CLAIMS])
                        client.execute("SELECT count(*), pg_sleep(0.002) FROM api.balances")
                    made.done += 1
        except psycopg.Error as error:
            made.errors.append(str(error))

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        wait_until(lambda: made.came == clients)
        yield made
    finally:
        made.over.set()
        for thread in threads:
            thread.join()


def wait_until(is_so: Callable[[], object], seconds: float = 20) -> None:
    """Return as soon as it is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never is"
        time.sleep(0.01)


def settings(pooler: Pooler) -> dict[str, str]:
    """Return the settings of a pooler that runs."""
    return {row["key"]: row["value"] for row in pgbouncer.console(pooler, "SHOW CONFIG")}


@pytest.mark.parametrize("clients", [8, 40])
def test_a_planned_restart_causes_no_error(pooled: Pooled, clients: int, request: pytest.FixtureRequest) -> None:
    """Three times in a row, with fewer clients than connections and with many more: all of them go on as they were."""
    with load(pooled, clients) as sent:
        for _ in range(30 if request.config.option.full else 3):
            before, process = sent.done, pgbouncer.process_of(pooled.pooler)
            wait_until(lambda before=before: sent.done > before + 3 * clients)
            pgbouncer.restart(pooled.pooler)
            assert pgbouncer.process_of(pooled.pooler) != process
        before = sent.done
        wait_until(lambda: sent.done > before + 3 * clients)
    print(f"{sent.done} transactions")
    assert sent.errors == []


def test_who_comes_in_at_that_moment_is_served_or_told(pooled: Pooled) -> None:
    """Who is logging in cannot be handed over: they hear suspend_timeout. Whoever is in does not notice."""
    told, over = [], threading.Event()

    def come() -> None:
        while not over.is_set():
            try:
                with pooled.connect() as client:
                    client.execute("SELECT")
            except psycopg.OperationalError as error:
                told.append(str(error).rpartition("FATAL:")[2].strip())

    thread = threading.Thread(target=come)
    with load(pooled, 8) as sent:
        thread.start()
        try:
            for _ in range(3):
                pgbouncer.restart(pooled.pooler)
        finally:
            over.set()
            thread.join()
    assert sent.errors == []
    assert set(told) <= {"suspend_timeout"}


def test_what_is_set_in_a_session_does_not_outlive_a_restart_in_the_middle(pooled: Pooled) -> None:
    """Who is handed over with a transaction that is open ends it, and leaves nothing to the next."""
    with pooled.connect(application_name="careless") as one, pooled.connect() as other:
        before = other.execute("SELECT current_user::text, current_setting('lock_timeout')").fetchone()
        one.execute("BEGIN; SET ROLE authenticated; SET lock_timeout = '77s'; SELECT pg_advisory_lock(4713)")
        backend = one.execute("SELECT pg_backend_pid()").fetchone()
        pgbouncer.restart(pooled.pooler)
        assert one.execute("SELECT pg_backend_pid(), current_user::text").fetchone() == (*backend, "authenticated")
        one.execute("COMMIT")
        for client in (one, other):
            assert client.execute("SELECT current_user::text, current_setting('lock_timeout')").fetchone() == before
        with pooled.direct() as owner:
            assert owner.execute("SELECT count(*) FROM pg_locks WHERE objid = 4713").fetchone() == (0,)


def test_a_new_configuration_counts_after_a_restart(pooled: Pooled) -> None:
    """Of what a reload cannot change as of what it can; and who was there before is still there."""
    with pooled.connect() as client:
        client.execute("SELECT")
        set_in(pooled.pooler, query_wait_timeout=11)
        pgbouncer.restart(pooled.pooler)
        shown = settings(pooled.pooler)
        assert (shown["query_wait_timeout"], shown["default_pool_size"]) == ("11", "10")
        set_in(pooled.pooler, query_wait_timeout=10)
        pgbouncer.reload(pooled.pooler)
        wait_until(lambda: settings(pooled.pooler)["query_wait_timeout"] == "10")
        client.execute("SELECT")


def test_tls_is_not_handed_over(pooled: Pooled) -> None:
    """1.18 cannot: its clients lose their connection, and come in again at once."""
    with pooled.connect(tls=True) as idle:
        idle.execute("SELECT")
        pgbouncer.restart(pooled.pooler)
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT")
    with pooled.connect(tls=True) as again:
        again.execute("SELECT")


def test_a_new_certificate_takes_a_reload(pooled: Pooled) -> None:
    """Who is connected stays, who connects sees the new one."""
    with pooled.connect(tls=True) as before:
        was = pooled.certificates.joinpath("pgbouncer.crt").read_text()
        certificates.rotate(pooled.certificates, ["pgbouncer"], authority=True)
        assert pooled.certificates.joinpath("pgbouncer.crt").read_text() != was
        # Nobody but the new authority's certificate will do.
        only = pooled.certificates / "only-new.crt"
        only.write_text(
            (pooled.certificates / "ca.crt").read_text().partition("-----END CERTIFICATE-----\n")[0]
            + "-----END CERTIFICATE-----\n"
        )
        with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
            pooled.connect(tls=True, sslrootcert=str(only))
        pgbouncer.reload(pooled.pooler)

        def is_new() -> bool:
            try:
                pooled.connect(tls=True, sslrootcert=str(only)).close()
            except psycopg.OperationalError:
                return False
            return True

        wait_until(is_new)
        before.execute("SELECT")


def test_a_pooler_that_was_killed_is_started_again(pooled: Pooled) -> None:
    """Its clients hear that it is gone, new ones that nobody is there; it starts though it left its files behind."""
    with pooled.connect() as client:
        client.execute("SELECT")
        kill(pooled.pooler)
        begun = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT")
        for tls in (False, True):
            with pytest.raises(psycopg.OperationalError, match="Connection refused"):
                pooled.connect(tls=tls)
        assert time.monotonic() - begun < 5
    assert pooled.pooler.part.pid_file.exists()
    assert list(pooled.pooler.home.glob(".s.PGSQL.*")) != []
    assert parts.pid_of(pooled.pooler.part) is None
    with pytest.raises(Problem, match="PgBouncer does not run"):
        pgbouncer.reload(pooled.pooler)
    pgbouncer.restart(pooled.pooler)  # which is a start when there is nothing to take over
    with pooled.connect() as client, pooled.connect(tls=True) as other:
        client.execute("SELECT")
        other.execute("SELECT")


def test_a_pid_file_of_somebody_else_s_does_not_matter(pooled: Pooled) -> None:
    """The number of a process that was killed belongs to another one by now."""
    kill(pooled.pooler)
    pooled.pooler.part.pid_file.write_text(f"{os.getpid()} 1\n")
    assert parts.pid_of(pooled.pooler.part) is None
    pgbouncer.start(pooled.pooler)
    pgbouncer.start(pooled.pooler)  # it runs: nothing to do
    with pooled.connect() as client:
        client.execute("SELECT")


def test_a_stop_lets_transactions_end(pooled: Pooled) -> None:
    """What was begun is done; what leaves no trace in the folder is the process, its socket and its pid file."""
    done = []
    with pooled.connect() as client:
        thread = threading.Thread(target=lambda: done.append(client.execute("SELECT 1 FROM pg_sleep(0.3)").fetchone()))
        thread.start()
        wait_until(lambda: any(pool["cl_active"] for pool in pgbouncer.console(pooled.pooler, "SHOW POOLS")
                               if pool["user"] == "authenticator"))  # fmt: skip
        pgbouncer.stop(pooled.pooler)
        thread.join()
    assert done == [(1,)]
    left = sorted(path.name for path in pooled.pooler.home.iterdir())
    assert left == ["pgbouncer.ini", "pgbouncer.log", "userlist.txt"]
    pgbouncer.stop(pooled.pooler)  # it does not run: nothing to do
    pgbouncer.start(pooled.pooler)


def test_who_waits_is_told(pooled: Pooled) -> None:
    """How many clients wait for a connection, and how long the first of them has: what status shows."""

    def few(pooler: Pooler) -> None:
        narrow(pooler)
        # More are not to be had: who asks for logins' verifiers makes room for who works.
        set_in(pooler, max_db_connections=1, min_pool_size=0)

    with pool_of(pooled.server, pooled.name, change=few) as pool, ExitStack() as held:
        assert pgbouncer.waiting(pool.pooler) == Waiting(0, 0.0)
        holder, *others = [held.enter_context(pool.connect()) for _ in range(3)]
        holder.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
        threads = [threading.Thread(target=client.execute, args=("SELECT",)) for client in others]
        for thread in threads:
            thread.start()
        wait_until(lambda: pgbouncer.waiting(pool.pooler).clients == 2)
        wait_until(lambda: pgbouncer.waiting(pool.pooler).seconds > 0.2)
        # Nor is it replaced meanwhile: they would be lost.
        with pytest.raises(Problem, match="2 clients wait for a connection"):
            pgbouncer.serve_the_queue(pool.pooler, seconds=0.1)
        holder.execute("ROLLBACK")
        for thread in threads:
            thread.join()
        assert pgbouncer.waiting(pool.pooler) == Waiting(0, 0.0)


# Where it cannot start.


def test_a_port_that_is_taken_is_told(pooled: Pooled) -> None:
    """It would go on with its socket alone."""
    taken = Pooler(pooled.pooler.home.parent / "second", pooled.pooler.port, pooled.name)
    pgbouncer.configure(taken, "127.0.0.1", pooled.server.port, pooled.certificates,
                        dict.fromkeys(pgbouncer.LOGINS, PASSWORD), tls=False)  # fmt: skip
    with pytest.raises(Problem, match=f"Port {taken.port} cannot be used") as why:
        pgbouncer.start(taken)
    assert why.value.code == ENVIRONMENT


def test_a_configuration_that_is_wrong_is_told(pooled: Pooled) -> None:
    """With PgBouncer's own words, and nothing is left running."""
    broken = Pooler(pooled.pooler.home.parent / "broken", servers.free_port(), pooled.name)
    pgbouncer.configure(broken, "127.0.0.1", pooled.server.port, pooled.certificates,
                        dict.fromkeys(pgbouncer.LOGINS, PASSWORD), tls=False)  # fmt: skip
    set_in(broken, pool_mode="sometimes")
    with pytest.raises(Problem, match=r"pgbouncer did not start .*cannot load config file") as why:
        pgbouncer.start(broken)
    assert why.value.code == ENVIRONMENT
    assert parts.pid_of(broken.part) is None


def test_a_restart_that_fails_leaves_the_pooler_as_it_is(pooled: Pooled) -> None:
    """The new process does not start, and the old one goes on, with its clients and its pid file."""
    with pooled.connect() as client:
        process = pgbouncer.process_of(pooled.pooler)
        set_in(pooled.pooler, pool_mode="sometimes")
        try:
            with pytest.raises(Problem, match="pgbouncer did not start"):
                pgbouncer.restart(pooled.pooler)
        finally:
            set_in(pooled.pooler, pool_mode="transaction")
        assert pgbouncer.process_of(pooled.pooler) == process
        client.execute("SELECT")


def test_a_program_that_is_missing_is_told(pooled: Pooled, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the package to install."""
    monkeypatch.setattr(pgbouncer, "SBIN", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Problem, match="install pgbouncer") as why:
        pgbouncer.start(pooled.pooler)
    assert why.value.code == ENVIRONMENT
