"""Being whoever had the connection before: A53. Its stage has PgBouncer in front, which PostgREST comes in by, too."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from pooled import Pooled, narrow, pool_of, set_in
from stage import Stage

from tradebase import database as databases
from tradebase.server import Server
from tradebase.stack.pgbouncer import Pooler

pytestmark = pytest.mark.xdist_group("pool")
# What a careless client of the victim's leaves in its session. (A temporary table nobody of ours may make.)
LEFT = (
    "SET ROLE authenticated",
    "SELECT set_config('role', 'authenticated', FALSE)",
    "SELECT set_config('request.jwt.claims', '{claims}', FALSE)",
    "SET ROLE authenticated; SELECT set_config('request.jwt.claims', '{claims}', FALSE)",
    "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0",
    "SET search_path = pg_temp, public",
    "SET row_security = off",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SET t.secret = '{claims}'",
    "SELECT pg_advisory_lock(53)",
    "LISTEN t_balances",
    "SET ROLE authenticated; SELECT set_config('request.jwt.claims', '{claims}', FALSE); "
    "PREPARE t_balances AS SELECT * FROM portfolio.balances",
    "SET ROLE authenticated; SELECT set_config('request.jwt.claims', '{claims}', FALSE); "
    "DECLARE t_balances CURSOR WITH HOLD FOR SELECT * FROM portfolio.balances",
)
# By which the thief, who comes next, would notice.
LOOKS = (
    "SELECT current_user::text, current_setting('role')",
    "SELECT nullif(current_setting('request.jwt.claims', TRUE), ''), nullif(current_setting('t.secret', TRUE), '')",
    "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('search_path'), "
    "current_setting('idle_in_transaction_session_timeout'), current_setting('row_security')",
    "SELECT current_setting('transaction_read_only'), current_setting('application_name')",
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
    "SELECT array_agg(name || statement) FROM pg_prepared_statements",
    "SELECT array_agg(name || statement) FROM pg_cursors WHERE is_holdable",
    "SELECT array_agg(c) FROM pg_listening_channels() AS c",
    "SELECT * FROM portfolio.balances",
    "EXECUTE t_balances",
    "FETCH ALL FROM t_balances",
)


@pytest.fixture(scope="module")
def stage(attacked_database, pooled_cluster: Server) -> Iterator[Stage]:
    """Give a stage whose doors stand behind the pooler."""
    with (
        databases.temporary_clone(pooled_cluster, "tradebase_template", "attacked") as name,
        pool_of(pooled_cluster, name) as pool,
        # To the doors ten connections of each login; to who comes in by itself one, the same for everybody.
        pool_of(pooled_cluster, name, change=narrow) as one,
        pool.rest_api() as doors,
    ):
        made = Stage(replace(attacked_database, server=pooled_cluster, name=name), doors)
        made.pool = one
        made.logs |= {pool.pooler.part.log: 0, one.pooler.part.log: 0}
        yield made
        made.close()


def look(stage: Stage, client: psycopg.Connection) -> list[object]:
    """Return all that somebody sees who was just given a session, and have it heard."""
    found = []
    for query in LOOKS:
        try:
            found.append(client.execute(query).fetchall())
        except psycopg.Error as error:
            found.append(error.sqlstate)
        stage.hear(query, found[-1])
    return found


def test_a53_whoever_was_there_before(stage: Stage) -> None:
    """RAW, API: the session that the pooler gives to the next client: its claims, role, timeouts, locks.

    Nothing of them is there, whatever was left, and by whom.
    """
    pool: Pooled = stage.pool
    claims = json.dumps({"role": "authenticated", "sub": str(stage.victim)})
    with pool.connect(application_name="victim") as victim, pool.connect(application_name="thief") as thief:
        fresh = look(stage, thief)
        assert fresh[0] == [("authenticator", "none")]
        assert fresh[2][0][:2] == ("8s", "3s")
        assert fresh[-3:] == ["42501", "26000", "34000"]
        same = thief.execute("SELECT pg_backend_pid()").fetchone()
        for left in LEFT:
            victim.execute(left.replace("{claims}", claims))
            assert look(stage, thief) == fresh, left
        # It was the victim's session each time.
        assert thief.execute("SELECT pg_backend_pid()").fetchone() == same
        assert victim.execute("SELECT pg_backend_pid()").fetchone() == same
        # What a request sets for its own transaction ends with that, kept or not.
        for end in ("COMMIT", "ROLLBACK"):
            victim.execute("BEGIN; SET LOCAL ROLE authenticated")
            victim.execute("SELECT set_config('request.jwt.claims', %s, TRUE)", [claims])
            assert victim.execute("SELECT count(*) > 0 FROM portfolio.balances").fetchone() == (True,)
            victim.execute(end)
            assert look(stage, thief) == fresh
    # Requests of both, and of nobody, mixed on the same few sessions: each gets its own, or is refused.
    told: list[str] = []

    def ask() -> None:
        for _ in range(8):
            mine = stage.ask("/balances?select=asset", user=stage.thief)
            told.extend([str(mine.status_code), *(row["asset"] for row in mine.json())])
            # What the victim reads is not heard: it is theirs.
            bearer = {"Authorization": f"Bearer {stage.token(user=stage.victim)}"}
            told.append(str(stage.http.get(f"{stage.rest.people.url}/balances", headers=bearer).status_code))
            told.append(stage.ask("/balances", None).json()["code"])

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(told)) == ["200", "42501", "ABTC", "AUSD"]
    assert told.count("42501") == told.count("ABTC") == told.count("AUSD") == 48


def test_the_oracle_hears_what_the_pooler_would_hand_on(stage: Stage) -> None:
    """Or A53 would prove nothing: without its reset the thief sees the victim's rows, and that is heard."""
    claims = json.dumps({"role": "authenticated", "sub": str(stage.victim)})

    def forget_the_reset(pooler: Pooler) -> None:
        narrow(pooler)
        set_in(pooler, server_reset_query_always=0)

    with (
        pool_of(stage.pool.server, stage.pool.name, change=forget_the_reset) as leaky,
        leaky.connect() as victim,
        leaky.connect() as thief,
    ):
        victim.execute("SET ROLE authenticated")
        victim.execute("SELECT set_config('request.jwt.claims', %s, FALSE)", [claims])
        found = look(stage, thief)
    assert found[0] == [("authenticated", "authenticated")]
    assert any("in SELECT * FROM portfolio.balances:" in leak for leak in stage.leaks())
