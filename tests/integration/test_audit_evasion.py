"""Ways around the audit log, in one place: what is refused, and what cannot be refused an owner, which shows."""

import psycopg
import pytest
from psycopg import errors, sql
from test_rules import failing_rules

from tradebase import PROJECT, tap
from tradebase.server import SUPERUSER

CHANGES = {
    "edit": "UPDATE {} SET reason = 'another'",
    "remove": "DELETE FROM {}",
    "empty": "TRUNCATE {}",
    "edit by MERGE": "MERGE INTO {} AS l USING (VALUES (1)) AS v (n) ON TRUE WHEN MATCHED THEN UPDATE SET reason = 'b'",
    "remove by MERGE": "MERGE INTO {} AS l USING (VALUES (1)) AS v (n) ON TRUE WHEN MATCHED THEN DELETE",
    "move to another leaf": """
        MERGE INTO {} AS l USING (VALUES (1)) AS v (n) ON TRUE
        WHEN MATCHED THEN UPDATE SET created_at = l.created_at + INTERVAL '32 days'""",
}
INVENT = (
    "INSERT INTO {} (created_at, database_role, session_role, relation, operation) VALUES (now(), '', '', '', 'DELETE')"
)
RECORDS = "SELECT array_agg(l::text ORDER BY l.id) FROM audit.audit_logs AS l"
APPEND_ONLY = "TR902"


@pytest.fixture
def owner(database) -> psycopg.Connection:
    """Give the owner's connection, something on record, and the flag that it is about."""
    with database.connect() as connection:
        connection.execute("INSERT INTO system.feature_flags (key, description) VALUES ('evaded', 'Tried.')")
        yield connection


def leaf_of_today(connection: psycopg.Connection) -> str:
    """Return the name of the leaf that today's records are in."""
    return connection.execute("SELECT tableoid::regclass::text FROM audit.audit_logs ORDER BY id DESC").fetchone()[0]


def refusal(connection: psycopg.Connection, statement: str, role: str | None = None) -> str | None:
    """Try a statement as a role and take it back; return the SQLSTATE of its refusal, None when it did something."""
    try:
        with connection.transaction(force_rollback=True):
            if role:
                connection.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(role)))
            return None if connection.execute(statement).rowcount else "nothing"
    except psycopg.Error as refused:
        return refused.sqlstate


def recorded(connection: psycopg.Connection, statement: str) -> list[str]:
    """Run a statement and return the operations that it left on record."""
    last = connection.execute("SELECT coalesce(max(id), 0) FROM audit.audit_logs").fetchone()[0]
    connection.execute(statement)
    found = connection.execute("SELECT operation FROM audit.audit_logs WHERE id > %s ORDER BY id", [last])
    return [operation for (operation,) in found]


# What is refused ------------------------------------------------------------------------------------------------------


def test_no_role_of_ours_touches_a_record(database, owner):
    """No role changes, removes, moves or invents a record, by the parent or by a leaf; the kernel alone adds."""
    leaf = leaf_of_today(owner)
    before = owner.execute(RECORDS).fetchone()
    with database.connect_as_superuser() as admin:
        roles = [
            role
            for (role,) in admin.execute(
                """
                SELECT rolname FROM pg_roles
                WHERE rolname LIKE 'tradebase\\_%' OR rolname IN (
                    'anon', 'authenticated', 'service_role', 'authenticator', 'service_authenticator'
                )
                """
            )
        ]
        assert len(roles) >= 13
        did = {
            (role, what, relation): refusal(admin, statement.format(relation), role)
            for role in roles
            for relation in ("audit.audit_logs", leaf)
            for what, statement in (CHANGES | {"invent": INVENT}).items()
        }
    adds = ("tradebase_kernel", "invent", "audit.audit_logs")
    assert did.pop(adds) is None
    assert {tried: state for tried, state in did.items() if state != "42501"} == {}
    assert owner.execute(RECORDS).fetchone() == before


def test_the_owner_does_not_change_a_record_either(owner):
    """By the parent the owner meets the triggers; by a leaf's own name nothing is found, added or emptied."""
    leaf = leaf_of_today(owner)
    assert {refusal(owner, statement.format("audit.audit_logs")) for statement in CHANGES.values()} == {APPEND_ONLY}
    assert {what: refusal(owner, statement.format(leaf)) for what, statement in CHANGES.items()} == dict.fromkeys(
        CHANGES, "nothing"
    ) | {"empty": APPEND_ONLY, "edit by MERGE": "42501", "remove by MERGE": "42501"}
    assert refusal(owner, INVENT.format(leaf)) == "42501"
    with pytest.raises(errors.FeatureNotSupported), owner.cursor().copy(f"COPY {leaf} FROM STDIN"):
        pass


def test_nobody_but_a_superuser_calls_themself_a_replica(database, owner):
    """session_replication_role, under which other triggers sleep, is not the owner's to set, nor any role's."""
    assert refusal(owner, "SET LOCAL session_replication_role = replica") == "42501"
    with database.connect_as_superuser() as admin:
        for role in ("tradebase_kernel", "tradebase_operator", "service_role", "authenticated"):
            assert refusal(admin, "SET LOCAL session_replication_role = replica", role) == "42501"


def test_a_replica_is_recorded_and_refused_as_well(database, owner):
    """A superuser whose session is a replica's leaves every record of every table, by COPY too, and changes none."""
    leaf = leaf_of_today(owner)
    with database.connect_as_superuser() as admin:
        admin.execute(
            sql.SQL("ALTER ROLE {} IN DATABASE {} SET session_replication_role = replica").format(
                sql.Identifier(SUPERUSER), sql.Identifier(database.name)
            )
        )
    assertions, why = tap.judge(
        tap.run_file(database.server, database.name, PROJECT / "tests/audit/every_table.sql", SUPERUSER)
    )
    assert not why
    assert [a.name for a in assertions if a.outcome != "passed"] == []
    with database.connect_as_superuser() as admin:
        assert admin.execute("SHOW session_replication_role").fetchone() == ("replica",)
        for relation in ("audit.audit_logs", leaf):
            tried = {what: refusal(admin, statement.format(relation)) for what, statement in CHANGES.items()}
            assert tried == dict.fromkeys(CHANGES, APPEND_ONLY)
        before = admin.execute("SELECT max(id) FROM audit.audit_logs").fetchone()
        with admin.cursor().copy("COPY system.feature_flags (key, description) FROM STDIN") as copy:
            copy.write("one\tCopied.\ntwo\tCopied.\n")
        copied = admin.execute(
            "SELECT l.operation, l.row_key FROM audit.audit_logs AS l WHERE l.id > %s ORDER BY l.row_key", before
        ).fetchall()
    assert copied == [("INSERT", "one"), ("INSERT", "two")]


def test_names_of_ones_own_hide_nothing(owner):
    """Temporary tables called like what a trigger reads and writes, first on the search path, are not read."""
    owner.execute("""
        CREATE TEMPORARY TABLE new_rows (LIKE system.feature_flags);
        CREATE TEMPORARY TABLE old_rows (LIKE system.feature_flags);
        CREATE TEMPORARY TABLE audit_logs (LIKE audit.audit_logs);
        SET search_path = pg_temp, audit""")
    assert recorded(owner, "UPDATE system.feature_flags SET rollout_pct = 1 WHERE key = 'evaded'") == ["UPDATE"]


def test_who_speaks_for_somebody_is_named_beside_them(owner):
    """Claims are what a session says: one that speaks for a user without PostgREST stands there with its own login."""
    alice = "aaaaaaaa-0000-4000-8000-00000000000a"
    owner.execute("SELECT set_config('request.jwt.claims', %s, FALSE)", [f'{{"sub": "{alice}"}}'])
    owner.execute("UPDATE system.feature_flags SET rollout_pct = 1 WHERE key = 'evaded'")
    said = owner.execute(
        "SELECT actor_id::text, database_role, session_role FROM audit.audit_logs ORDER BY id DESC"
    ).fetchone()
    assert said == (alice, "tradebase", "tradebase")


# What cannot be refused, and shows ------------------------------------------------------------------------------------

SWALLOW = """
    CREATE FUNCTION ops.swallow() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS 'BEGIN RETURN NULL; END';
    COMMENT ON FUNCTION ops.swallow() IS 'It writes nothing.';
    CREATE TRIGGER {name}_swallow BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ops.swallow()"""
# An owner's deed, after which what is written leaves no record; and the rules of tests/rules.sql that name it.
UNRECORDED = {
    "a trigger is put to sleep": (
        "ALTER TABLE system.feature_flags DISABLE TRIGGER feature_flags_audit_update", ["S12", "S21", "X22"]
    ),
    "all of them are": ("ALTER TABLE system.feature_flags DISABLE TRIGGER USER", ["S12", "S21", "X22"]),
    "a trigger wakes for replicas alone": (
        "ALTER TABLE system.feature_flags ENABLE REPLICA TRIGGER feature_flags_audit_update", ["S12", "S21", "X22"]
    ),
    "a trigger is dropped": ("DROP TRIGGER feature_flags_audit_update ON system.feature_flags", ["S21", "X22"]),
    "a trigger looks the other way": (
        """
        CREATE OR REPLACE TRIGGER feature_flags_audit_update AFTER UPDATE ON system.feature_flags
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT WHEN (FALSE) EXECUTE FUNCTION system.feature_flags_audit();
        ALTER TABLE system.feature_flags ENABLE ALWAYS TRIGGER feature_flags_audit_update""", ["S21"]
    ),
    "its function does nothing": (
        """
        CREATE OR REPLACE FUNCTION system.feature_flags_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'""", ["S21"]
    ),
    "a rule swallows every record": (
        "CREATE RULE swallow AS ON INSERT TO audit.audit_logs DO INSTEAD NOTHING", ["X22"]
    ),
    "a rule writes past the table": (
        "CREATE RULE swallow AS ON UPDATE TO system.feature_flags DO INSTEAD NOTHING", ["X22"]
    ),
    "a trigger swallows every record": (SWALLOW.format(table="audit.audit_logs", name="audit_logs"), ["X22"]),
    "a leaf's trigger does": (SWALLOW.format(table="{leaf}", name="{leaf_name}"), ["S17", "X22"]),
}  # fmt: skip
# An owner's deed, after which a record can be changed or is gone.
UNGUARDED = {
    "the parent's trigger is put to sleep": (
        "ALTER TABLE audit.audit_logs DISABLE TRIGGER audit_logs_append_only", CHANGES["edit"], ["S12", "X22"]
    ),
    "a leaf's is": (
        "ALTER TABLE {leaf} DISABLE TRIGGER audit_logs_append_only", CHANGES["remove"], ["S12", "S17", "X22"]
    ),
    "a leaf may be emptied": (
        "ALTER TABLE {leaf} DISABLE TRIGGER audit_logs_no_truncate; TRUNCATE {leaf}", None, ["S12", "S17", "X22"]
    ),
    "the parent's trigger is dropped": (
        "DROP TRIGGER audit_logs_append_only ON audit.audit_logs", CHANGES["edit"], ["X22"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("deed", UNRECORDED)
def test_what_an_owner_hides_is_named(database, owner, deed):
    """An owner can see to it that a change leaves no record; while it is so, exactly these rules are red."""
    statement, rules = UNRECORDED[deed]
    leaf = leaf_of_today(owner)
    change = "UPDATE system.feature_flags SET rollout_pct = rollout_pct + 1 WHERE key = 'evaded'"
    assert recorded(owner, change) == ["UPDATE"]
    owner.execute(statement.format(leaf=leaf, leaf_name=leaf.removeprefix("partitions.")))
    assert recorded(owner, change) == []
    assert failing_rules(database, "SELECT") == rules


def test_a_column_that_no_body_names_is_named(database, owner):
    """What is written to a new column leaves no record until its table's body is written anew, and S21 says so."""
    owner.execute("ALTER TABLE system.feature_flags ADD COLUMN weight integer")
    assert recorded(owner, "UPDATE system.feature_flags SET weight = 1 WHERE key = 'evaded'") == []
    assert failing_rules(database, "SELECT") == ["S21"]


@pytest.mark.parametrize("deed", UNGUARDED)
def test_what_an_owner_unguards_is_named(database, owner, deed):
    """An owner can make records editable; while they are, exactly these rules are red."""
    statement, change, rules = UNGUARDED[deed]
    before = owner.execute(RECORDS).fetchone()
    owner.execute(statement.format(leaf=leaf_of_today(owner)))
    if change:
        owner.execute(change.format("audit.audit_logs"))
    assert owner.execute(RECORDS).fetchone() != before
    assert failing_rules(database, "SELECT") == rules


def test_what_is_put_back_is_not_seen(database, owner):
    """Where an owner has put everything back, no rule is red: only sealed records, which are to come, could tell."""
    owner.execute("""
        ALTER TABLE audit.audit_logs DISABLE TRIGGER audit_logs_append_only;
        UPDATE audit.audit_logs SET reason = 'another';
        ALTER TABLE audit.audit_logs ENABLE ALWAYS TRIGGER audit_logs_append_only""")
    assert owner.execute("SELECT DISTINCT reason FROM audit.audit_logs").fetchall() == [("another",)]
    assert failing_rules(database, "SELECT") == []
