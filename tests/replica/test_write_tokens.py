"""core.wait_for_token() on a replica: whoever has waited sees the write, and whoever cannot is told why."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from standby import DATABASE, Pair, wait_until

from tradebase.postgrest import door

pytestmark = pytest.mark.xdist_group("replica")
WAIT = "SELECT api.wait_for_token(%s, %s)"
CLIENT = "70ce0000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def written(pair: Pair) -> Iterator[psycopg.Connection]:
    """Yield a session of the owner's on the primary, and a table to write to."""
    with pair.owner() as owner:
        owner.execute("CREATE SCHEMA t; GRANT USAGE ON SCHEMA t TO authenticated")
        owner.execute("CREATE TABLE t.keys (key integer PRIMARY KEY); GRANT SELECT ON t.keys TO authenticated")
        yield owner
        owner.execute("DROP TABLE t.keys; DROP SCHEMA t")


@pytest.fixture
def reader(pair: Pair) -> Iterator[psycopg.Connection]:
    """Yield a session of a client's on the replica."""
    pair.catch_up()
    with pair.owner(pair.standby) as session:
        session.execute("SET ROLE authenticated")
        yield session


def write(owner: psycopg.Connection, key: int) -> str:
    """Write a key and return the token of that, of a transaction that goes on where the session is in one."""
    with owner.transaction():
        owner.execute("INSERT INTO t.keys VALUES (%s)", [key])
        return owner.execute("SELECT core.write_token()").fetchone()[0]


def sees(reader: psycopg.Connection, key: int) -> bool:
    """Say whether a session sees the key."""
    return bool(reader.execute("SELECT FROM t.keys WHERE key = %s", [key]).rowcount)


def test_who_has_waited_sees_the_write(written, reader) -> None:
    """Two hundred times at once behind the commit; in a transaction, the statement behind the wait sees it."""
    for key in range(200):
        token = write(written, key)
        reader.execute(WAIT, [token, "5 s"])
        assert sees(reader, key)
    with reader.transaction():
        assert sees(reader, 0)
        assert not sees(reader, 200)
        reader.execute(WAIT, [write(written, 200), "5 s"])
        assert sees(reader, 200)


def test_a_replica_that_stands_still_says_so(pair, written, reader) -> None:
    """TR601, with how far behind it is; and the write is there when it goes on."""
    with pair.standby.connect() as admin:
        admin.execute("SELECT pg_wal_replay_pause()")
        wait_until(lambda: admin.execute("SELECT pg_get_wal_replay_pause_state() = 'paused'").fetchone()[0])
        token = write(written, 1000)
        with pytest.raises(psycopg.Error) as refused:
            reader.execute(WAIT, [token, "50 ms"])
        assert refused.value.sqlstate == "TR601"
        assert json.loads(refused.value.diag.message_detail)["bytes_behind"] > 0
        assert not sees(reader, 1000)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(reader.execute, WAIT, [token, "5 s"])
            wait_until(lambda: admin.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'").rowcount)
            admin.execute("SELECT pg_wal_replay_resume()")
            waiting.result(timeout=10)
    assert sees(reader, 1000)


@pytest.mark.parametrize("parts", [1, 200], ids=["whole", "of more parts than a snapshot lists"])
def test_a_commit_is_waited_for_and_not_its_rows(pair, written, reader, parts: int) -> None:
    """All of a transaction but its commit is replayed: it is not here. Then it is, or will never be."""
    for key, ending, code in ((2000 + parts, "COMMIT", None), (3000 + parts, "ROLLBACK", "TR602")):
        with pair.owner() as owner:
            owner.execute("BEGIN")
            for part in range(parts):
                token = write(owner, key * 1000 + part)
            write(written, key)
            pair.catch_up()
            assert sees(reader, key)
            assert refusal(reader, token) == "TR601"
            owner.execute(ending)
        pair.catch_up()
        # Nobody hurries to write down that something was rolled back.
        assert refusal(reader, token, "5 s") == code
        assert sees(reader, key * 1000) == (code is None)


def refusal(reader: psycopg.Connection, token: str, timeout: str = "0") -> str | None:
    """Return the SQLSTATE that a wait is refused with, None when it is not."""
    try:
        reader.execute(WAIT, [token, timeout])
    except psycopg.Error as error:
        return error.sqlstate
    return None


def test_what_a_reader_saw_is_there(pair, written, reader) -> None:
    """A token of who wrote nothing is good at once, on an idle primary too, and where its next page is empty."""
    with pair.primary.connect() as admin:
        for key in range(6000, 6003):
            write(written, key)
            admin.execute("SELECT pg_switch_wal()")
            (token,) = written.execute("SELECT core.write_token()").fetchone()
            # Where a file's first record would begin.
            assert token.endswith("000028.")
            assert refusal(reader, token, "1 s") is None


def test_an_old_snapshot_does_not_wait(written, reader) -> None:
    """In a repeatable read the write would be here and not be seen."""
    token = write(written, 4000)
    with pytest.raises(psycopg.errors.InvalidTransactionState), reader.transaction():
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute(WAIT, [token, "5 s"])


def test_tokens_of_elsewhere(written, reader) -> None:
    """An earlier timeline is another history; a later one may still come, and does not in time."""
    timeline, lsn, xid = write(written, 5000).split(".")
    assert refusal(reader, f"{int(timeline, 16) - 1:08X}.{lsn}.{xid}") == "TR603"
    assert refusal(reader, f"{int(timeline, 16) + 1:08X}.{lsn}.{xid}") == "TR601"
    assert refusal(reader, f"{timeline}.{lsn}.{int(xid) + 1_000_000}") == "TR601"
    assert refusal(reader, f"{timeline}.{lsn}") == "TR010"
    assert refusal(reader, f"{timeline}.{lsn}.{xid}", "6 s") == "TR010"


def test_a_replica_gives_no_tokens(reader) -> None:
    """It writes nothing that one could wait for."""
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        reader.execute("SELECT core.write_token()")


def test_clients_wait_through_postgrest(pair, written) -> None:
    """By GET, whose transaction only reads; that of a POST would write, and does not even begin on a replica."""
    with door(pair.standby.server, DATABASE, "authenticator") as people, httpx.Client(base_url=people.url) as client:
        client.headers["Authorization"] = f"Bearer {people.token('authenticated', CLIENT)}"
        wait = {"token": write(written, 7000), "timeout": "5 s"}
        assert client.get("/rpc/wait_for_token", params=wait).status_code == 204
        later = {"token": f"7{wait['token'][1:]}", "timeout": "0"}
        assert client.get("/rpc/wait_for_token", params=later).json()["code"] == "TR601"
        assert client.post("/rpc/wait_for_token", json=wait).json()["code"] == "0A000"
        order = {"market": "X", "side": "buy", "type": "limit", "quantity": 1, "price": 1}
        assert client.post("/rpc/place_order", json=order).json()["code"] == "0A000"
