"""What reads answers on a replica as on the primary, and what writes is told where it is: the whole catalog, as roles.

A new function is covered when its arguments have names that functions.py, or MORE here, knows, and fails when they have
not. A new table or view needs nothing.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import psycopg
import pytest
from exchange import Exchange
from functions import ARGUMENTS, OF_ONE, world
from pairs import Scene
from standby import Pair

pytestmark = pytest.mark.xdist_group("replica")
ROLES = (
    "anon", "authenticated", "service_role", "tradebase_engine", "tradebase_operator", "tradebase_support",
    "tradebase_auditor", "tradebase_reporter", "tradebase_monitor", "tradebase_worker",
)  # fmt: skip
STAFF = "57aff000-0000-4000-8000-000000000001"
SCHEMAS = """
('core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api')
"""
# What each role may read, with the columns that it may.
RELATIONS = f"""
SELECT r.rolname, format('%%I.%%I', n.nspname, c.relname), string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN unnest(%s::text[]) AS r (rolname)
WHERE
    n.nspname IN {SCHEMAS} AND c.relkind IN ('r', 'p', 'v') AND has_schema_privilege(r.rolname, n.oid, 'USAGE')
    AND has_column_privilege(r.rolname, c.oid, a.attnum, 'SELECT')
GROUP BY 1, 2
"""
# Which functions each role may call; of a row that a view shows, those are called with the view.
FUNCTIONS = f"""
SELECT
    r.rolname, n.nspname, p.proname, p.provolatile = 'v', p.pronargs - p.pronargdefaults,
    coalesce(p.proargnames[1:p.pronargs], '{{}}'),
    (SELECT t.typrelid::regclass::text FROM pg_type AS t WHERE t.oid = p.proargtypes[0] AND t.typrelid <> 0)
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN unnest(%s::text[]) AS r (rolname)
WHERE
    n.nspname IN {SCHEMAS} AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype
    AND has_schema_privilege(r.rolname, n.oid, 'USAGE') AND has_function_privilege(r.rolname, p.oid, 'EXECUTE')
ORDER BY 2, 3, 1
"""
# What functions.py has no argument for.
MORE = {
    "account": "'fees'",
    "action": "'detach'",
    "actor_id": "NULL",
    "allowed_user_ids": "NULL",
    "arguments": "'{}'",
    "before_created_at": "NULL",
    "bytes": "NULL",
    "changes": """'{"country": "AT"}'""",
    "consumer": "'t'",
    "created_at": "clock_timestamp()",
    "database_role": "NULL",
    "denied_user_ids": "NULL",
    "description": "'x'",
    "detail": "'{}'",
    "device_hash": "NULL",
    "equity": "110",
    "equity_before": "100",
    "error": "'x'",
    "event": """
        jsonb_build_object('user_id', %(me)s, 'claims', jsonb_build_object(
            'role', 'authenticated', 'sub', %(me)s, 'exp', 4e9, 'session_id', %(session)s
        ))
    """,
    "event_id": "1",
    "events": "0",
    "flag": "'t_flag'",
    "from_date": "CURRENT_DATE",
    "from_start": "FALSE",
    "id": "'01890000-0000-7000-8000-000000000000'",
    "ip": "NULL",
    "is_enabled": "TRUE",
    "is_exported": "FALSE",
    "is_for_staff": "NULL",
    "is_public": "NULL",
    "job": "'market.roll_candles'",
    "key": "'session_required'",
    "label": "NULL",
    "leaf": "'fills_2020_01'",
    "max_bytes": "256000",
    "max_events": "10",
    "max_lag": "'1 second'",
    "message": "'{}'",
    "minimum_acceptable_return": "0",
    "name": "'t_new'",
    "net_flow": "0",
    "on_date": "CURRENT_DATE",
    "parent": "%(parent)s",
    "periods_per_year": "365",
    "pools": "'[]'",
    "priced_only": "FALSE",
    "relation": "'market.markets'",
    "reporting_asset_id": "1",
    "repository": "1",
    "repository_bytes": "NULL",
    "request_id": "NULL",
    "retention": "'1 year'",
    "returns": "ARRAY[0.01, -0.01, 0.02]",
    "risk_free_rate": "0",
    "role": "'tradebase_support'",
    "rollout_pct": "NULL",
    "row_key": "'1'",
    "rpo": "NULL",
    "rto": "NULL",
    "session_id": "%(session)s",
    "started_at": "clock_timestamp()",
    "target": "'end'",
    "timeout": "'0'",
    "to_date": "CURRENT_DATE + 1",
    "to_version": "1",
    "token": "%(token)s",
    "topic": "'config'",
    "upto_xid": "'3'",
    "user_ids": "NULL",
    "value": "'true'",
    "windows": "ARRAY['30d']",
    "with_text": "TRUE",
}
# Where a name means something else.
OF_A_SESSION = {"token": "repeat('t', 43)"}
TODAY = {"as_of": "CURRENT_DATE", "upto": "CURRENT_DATE"}
HERE = {
    "acknowledge": {"id": "0"},
    "balance_at": {"at": "'infinity'"},
    "compute_analytics": TODAY,
    "ensure_partitions": TODAY,
    "leaf_problems": {"leaf": "%(leaf)s"},
    "record_backup": {"kind": "'full'", "status": "'failed'"},
    "record_drill": {"kind": "'archive'", "status": "'failed'"},
    "retire_leaf": {"leaf": "%(name_of_leaf)s"},
    "send_realtime": {"event": "'x'"},
    "set_retention": {"parent": "'trading.fills'"},
    "set_user_status": {"status": "'suspended'"},
    "start_session": OF_A_SESSION,
    "touch_session": OF_A_SESSION,
}
# Whose arguments have a composite type, and are no row of a view.
CALLS = {"trading.position_after_fill": "SELECT trading.position_after_fill(NULL, 1, 100)"}
# What is volatile and writes nothing, with what it answers. realtime.send() keeps to itself why it stored nothing.
WAITING = {
    "core.write_token": "55000",
    "monitoring.save_baseline": "55000",
    "events.read": "ok",
    "events.send_realtime": "TR703",
} | dict.fromkeys(("api.wait_for_token", "core.wait_for_token", "monitoring.health", "monitoring.read_target"), "ok")


@pytest.fixture(scope="module")
def scene(pair: Pair) -> Iterator[Scene]:
    """Yield users who have traded, one of them signed in, and one who is support; the replica has them."""
    exchange = Exchange(SimpleNamespace(connect=pair.owner))
    scene = world(exchange)
    exchange.owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [STAFF])
    exchange.owner.execute(
        "INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (%s, 'tradebase_support', '{}')", [STAFF]
    )
    exchange.owner.execute("INSERT INTO system.feature_flags (key, description) VALUES ('t_flag', 'of the test')")
    exchange.owner.execute("SELECT events.add_consumer('t'), events.add_consumer('realtime')")
    session = exchange.value("SELECT identity.start_session(%s, repeat('t', 43))", scene.names["a"])
    # Back after an hour, which is worth a write.
    exchange.owner.execute(
        """
        UPDATE identity.user_sessions SET created_at = created_at - h, last_seen_at = last_seen_at - h
        FROM (SELECT INTERVAL '1 hour' AS h) AS hour WHERE id = %s
        """,
        [session["session_id"]],
    )
    # By their numbers: who watches leaves may not name all their tables.
    parent, leaf, name, bound = exchange.owner.execute(
        """
        SELECT 'trading.fills'::regclass::oid::text, b.leaf::oid::text, c.relname, pg_get_expr(c.relpartbound, c.oid)
        FROM ops.partition_bounds('trading.fills') AS b JOIN pg_class AS c ON c.oid = b.leaf
        ORDER BY b.from_at DESC LIMIT 1
        """
    ).fetchone()
    exchange.owner.execute(f"ALTER TABLE trading.fills DETACH PARTITION partitions.{name}")
    token = exchange.value("SELECT core.write_token()")
    scene.names |= {
        "session": session["session_id"], "parent": parent, "leaf": leaf, "name_of_leaf": name, "token": token
    }  # fmt: skip
    pair.catch_up()
    yield scene
    exchange.owner.execute(f"ALTER TABLE trading.fills ATTACH PARTITION partitions.{name} {bound}")
    exchange.close()


def claims_of(role: str, scene: Scene) -> str:
    """Return the claims of a request in a role."""
    if role == "anon":
        return ""
    return json.dumps({"sub": STAFF if role.startswith("tradebase_") else scene.names["a"], "role": role})


def ask(session: psycopg.Connection, scene: Scene, role: str, query: str) -> tuple[str, list[str]]:
    """Return what a query answers in a role: ok and its rows in their order by text, or its SQLSTATE and its words."""
    try:
        with session.transaction(force_rollback=True):
            session.execute(
                "SELECT set_config('role', %s, TRUE), set_config('request.jwt.claims', %s, TRUE)",
                [role, claims_of(role, scene)],
            )
            # As text: not every time that PostgreSQL knows Python knows too.
            rows = psycopg.ClientCursor(session).execute(f"SELECT r::text FROM ({query}) AS r", scene.names).fetchall()
    except psycopg.Error as error:
        return error.sqlstate, [str(error)]
    return "ok", sorted(row for (row,) in rows)


def call(schema: str, name: str, arguments: list[str], needed: int, of: str | None) -> str:
    """Return a call of a function with something for each argument."""
    if f"{schema}.{name}" in CALLS:
        return CALLS[f"{schema}.{name}"]
    if of:
        return f"SELECT {schema}.{name}(r) FROM {of} AS r"
    known = ARGUMENTS | MORE | OF_ONE.get(name, {}) | HERE.get(name, {})
    unknown = [argument for argument in arguments if argument not in known]
    assert not unknown, f"{schema}.{name}: what do {unknown} get? Say it in MORE"
    assert arguments or not needed, f"{schema}.{name}: its arguments have no names. Say it in HERE"
    given = ", ".join(f'"{argument}" => {known[argument]}' for argument in arguments)
    return f"SELECT * FROM {schema}.{name}({given})"


def test_every_read_answers_as_on_the_primary(pair: Pair, scene: Scene, tally: Callable[..., None]) -> None:
    """Each role gets from each table, view and function that reads what it gets from the primary."""
    here, there = pair.owner(), pair.owner(pair.standby)
    with here, there:
        reads = [
            (role, relation, f"SELECT {columns} FROM {relation}")
            for role, relation, columns in here.execute(RELATIONS, [list(ROLES)])
        ] + [
            (role, f"{schema}.{name}", call(schema, name, arguments, needed, of))
            for role, schema, name, writes, needed, arguments, of in here.execute(FUNCTIONS, [list(ROLES)])
            if not writes
        ]
        wrong, rows = [], Counter()
        for role, what, query in reads:
            expected, found = (ask(session, scene, role, query) for session in (here, there))
            # What monitoring shows each server says of itself.
            if found[0] != "ok" or (found != expected and not what.startswith("monitoring.")):
                wrong.append((role, query, expected, found))
            rows[role] += len(found[1])
            rows[what] += len(found[1])
    assert not wrong, "\n".join(map(str, wrong))
    assert [role for role in ROLES if not rows[role]] == []
    for relation in (
        "trading.orders",
        "trading.fills",
        "portfolio.ledger_entries",
        "portfolio.balances",
        "api.markets",
    ):
        assert rows[relation] > 0, relation
    tally("replica", len(reads), "reads")


def test_the_reporter_reads_everybody(pair: Pair, scene: Scene) -> None:
    """What it may read it reads there of all users, as it does on the primary."""
    with pair.owner() as here, pair.owner(pair.standby) as there:
        for relation in ("trading.orders", "trading.fills", "trading.trades", "portfolio.ledger_entries"):
            (count,) = here.execute(f"SELECT count(*) FROM {relation}").fetchone()
            code, rows = ask(there, scene, "tradebase_reporter", f"SELECT count(*) FROM {relation}")
            assert (code, rows) == ("ok", [f"({count})"])
            assert count > 0
        code, rows = ask(
            there, scene, "tradebase_auditor", "SELECT sum(bad_count), count(*) > 20 FROM ops.verify_integrity()"
        )
    assert (code, rows) == ("ok", ["(0,t)"])


def test_every_command_is_told_that_it_is_a_replica(pair: Pair, scene: Scene, tally: Callable[..., None]) -> None:
    """Each role is told 25006 by each function that writes, and nothing else; those that only wait answer."""
    told, wrong = Counter(), []
    with pair.owner(pair.standby) as there:
        for role, schema, name, writes, needed, arguments, of in there.execute(FUNCTIONS, [list(ROLES)]).fetchall():
            if not writes:
                continue
            expected = WAITING.get(f"{schema}.{name}", "25006")
            code, said = ask(there, scene, role, call(schema, name, arguments, needed, of))
            told[code] += 1
            if code != expected:
                wrong.append((role, f"{schema}.{name}", code, said))
    assert not wrong, "\n".join(map(str, wrong))
    assert told["25006"] > 80
    tally("replica", told["25006"], "commands refused")
