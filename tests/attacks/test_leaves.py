"""Whole tables and their leaves: A10 to A12, and a MERGE that moves rows between leaves."""

import pytest
from stage import ROLES, Stage

pytestmark = pytest.mark.xdist_group("attacks")
EVERYBODY = (*ROLES, "tradebase_kernel")
LEAVES = """
SELECT inhrelid::regclass::text, inhparent::regclass::text
FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE relkind = 'r' ORDER BY 1
"""
TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace::regnamespace::text = ANY (ARRAY[
    'auth', 'realtime', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'ops', 'partitions'
]) ORDER BY 1
"""
PARTITION_KEYS = """
SELECT t.partrelid::regclass::text, a.attname
FROM pg_partitioned_table AS t JOIN pg_attribute AS a ON a.attrelid = t.partrelid AND a.attnum = ANY (t.partattrs)
ORDER BY 1
"""


def test_a10_truncate(stage: Stage) -> None:
    """RAW: TRUNCATE of every table and leaf as every role, the kernel too. 42501: row level security would not help."""
    for (table,) in stage.admin.execute(TABLES).fetchall():
        for role in EVERYBODY:
            assert stage.attempt(role, f"TRUNCATE {table} CASCADE").code == "42501", f"{role} {table}"


def test_a11_read_a_leaf_by_name(stage: Stage) -> None:
    """API, RAW: SELECT from every leaf as every role.

    42501, 42P01 and PGRST106 through the API; the kernel reads the open book.
    """
    leaves = stage.admin.execute(LEAVES).fetchall()
    assert len(leaves) > 20
    for leaf, _ in leaves:
        for role in EVERYBODY:
            read = stage.attempt(role, f"SELECT * FROM {leaf}") if role != "tradebase_kernel" else None
            assert read is None or read.code == "42501", f"{role} {leaf}"
    for role in ("authenticated", None, "service_role"):
        name = leaves[0][0].removeprefix("partitions.")
        for path in (f"/{name}", f"/partitions.{name}", "/orders_open"):
            missed = stage.ask(path, role)
            assert (missed.status_code, missed.json()["code"]) == (404, "42P01"), f"{role} {path}"
        for header in ("Accept-Profile", "Content-Profile"):
            method = "GET" if header == "Accept-Profile" else "POST"
            missed = stage.ask(f"/{name}", role, method, None if method == "GET" else {}, **{header: "partitions"})
            assert (missed.status_code, missed.json()["code"]) == (406, "PGRST106"), role
    with stage.be("tradebase_kernel") as kernel:
        readable = [
            leaf
            for leaf, _ in leaves
            if kernel.execute("SELECT has_table_privilege(%s, 'SELECT')", [leaf]).fetchone()[0]
        ]
    assert readable == ["partitions.orders_open"]


def test_a12_write_a_leaf(stage: Stage) -> None:
    """RAW: INSERT, UPDATE and DELETE in every leaf as every role. 42501, where no parent's trigger would have fired."""
    for leaf, parent in stage.admin.execute(LEAVES).fetchall():
        for role in EVERYBODY:
            for statement in (f"INSERT INTO {leaf} DEFAULT VALUES", f"DELETE FROM {leaf}"):
                if (role, leaf, statement[:6]) != ("tradebase_kernel", "partitions.orders_open", "DELETE"):
                    assert stage.attempt(role, statement).code == "42501", f"{role} {statement}"
            key = next(column for table, column in stage.admin.execute(PARTITION_KEYS) if table == parent)
            assert stage.attempt(role, f"UPDATE {leaf} SET {key} = {key}").code == "42501", f"{role} {leaf}"


def test_m01_merge_between_leaves(stage: Stage) -> None:
    """RAW: MERGE … UPDATE of a partition key moves rows and fires no trigger with rows.

    42501 for every role there is.
    """
    keys = stage.admin.execute(PARTITION_KEYS).fetchall()
    assert len(keys) >= 6
    for table, key in keys:
        merge = f"""
            MERGE INTO {table} AS t USING (SELECT 1) AS s (one) ON TRUE
            WHEN MATCHED THEN UPDATE SET {key} = t.{key} + INTERVAL '31 days'
        """
        for role in EVERYBODY:
            assert stage.attempt(role, merge).code == "42501", f"{role} {table}"
    # Nobody holds the right on any of these columns: what the audit and the ledger could not see cannot be done.
    holders = stage.admin.execute(
        """
        SELECT t.partrelid::regclass, r.rolname FROM pg_partitioned_table AS t
        JOIN pg_attribute AS a ON a.attrelid = t.partrelid AND a.attnum = ANY (t.partattrs)
        JOIN pg_roles AS r ON has_column_privilege(r.oid, t.partrelid, a.attname, 'UPDATE')
        WHERE NOT r.rolsuper AND r.rolname NOT IN ('tradebase', 'pg_write_all_data')
        """
    ).fetchall()
    assert holders == []
    # The hole is real: as the owner, who may do anything to a table of theirs, it moves rows past a trigger that sees
    # all that an UPDATE does. (SECURITY.md: it is left to the seals.)
    with stage.owner.transaction(force_rollback=True):
        stage.owner.execute(
            """
            CREATE TABLE ops.moved (id integer, at timestamptz NOT NULL) PARTITION BY RANGE (at);
            CREATE TABLE ops.moved_1 PARTITION OF ops.moved FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
            CREATE TABLE ops.moved_2 PARTITION OF ops.moved FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
            CREATE TABLE ops.seen (how text, n bigint);
            CREATE FUNCTION ops.see() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO ops.seen SELECT tg_argv[0], count(*) FROM new_rows; RETURN NULL; END $$;
            CREATE TRIGGER see AFTER UPDATE ON ops.moved REFERENCING NEW TABLE AS new_rows
            FOR EACH STATEMENT EXECUTE FUNCTION ops.see('update');
            INSERT INTO ops.moved SELECT n, '2026-01-15' FROM generate_series(1, 3) AS n;
            UPDATE ops.moved SET id = id + 10;
            MERGE INTO ops.moved AS t USING (SELECT 1) AS s (one) ON TRUE
            WHEN MATCHED THEN UPDATE SET at = t.at + INTERVAL '31 days'
            """
        )
        assert stage.owner.execute("SELECT how, n FROM ops.seen ORDER BY n").fetchall() == [
            ("update", 0),
            ("update", 3),
        ]
        assert stage.value("SELECT count(*) FROM ops.moved_2") == 3
