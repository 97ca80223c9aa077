"""PostgreSQL's own doors: A23, A24, A67 to A77, A79."""

import psycopg
import pytest
from stage import PEOPLE, ROLES, Stage

pytestmark = pytest.mark.xdist_group("attacks")
EVERYBODY = (*ROLES, "tradebase_kernel")
OURS = (
    "core",
    "identity",
    "market",
    "trading",
    "portfolio",
    "system",
    "audit",
    "events",
    "ops",
    "monitoring",
    "partitions",
    "attic",
)

SECRETS = ("password =", "password=", "api_key =", "-----begin", "postgres://", "postgresql://", "eyj")


def refused(stage: Stage, *statements: str, roles: tuple[str, ...] = EVERYBODY, code: str = "42501") -> None:
    """Attempt each statement as each role, and expect one SQLSTATE."""
    for role in roles:
        for statement in statements:
            answer = stage.attempt(role, statement)
            assert answer.code == code, f"{role}: {statement}: {answer}"


def test_a23_change_the_rules(stage: Stage) -> None:
    """RAW: take row level security, policies, triggers and grants into one's own hands.

    42501, or a GRANT that grants nothing.
    """
    refused(
        stage,
        "ALTER TABLE trading.orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE trading.orders NO FORCE ROW LEVEL SECURITY",
        "CREATE POLICY mine ON trading.orders USING (TRUE)",
        "DROP POLICY orders_owner_select ON trading.orders",
        "ALTER POLICY orders_owner_select ON trading.orders USING (TRUE)",
        "CREATE TRIGGER mine AFTER INSERT ON trading.orders EXECUTE FUNCTION core.refuse_change('x')",
        "ALTER TABLE audit.audit_logs DISABLE TRIGGER ALL",
        "DROP TABLE trading.orders",
        "ALTER FUNCTION trading.settle_trades(jsonb) OWNER TO authenticated",
        "CREATE RULE mine AS ON SELECT TO trading.orders DO INSTEAD SELECT 1",
        "COMMENT ON TABLE trading.orders IS 'mine'",
        "GRANT tradebase_kernel TO authenticated",
        "GRANT service_role TO authenticator",
        "CREATE ROLE mine SUPERUSER",
        "ALTER DEFAULT PRIVILEGES FOR ROLE tradebase GRANT ALL ON TABLES TO anon",
    )
    for role in EVERYBODY:
        for statement in ("GRANT SELECT ON trading.client_orders TO anon", "GRANT ALL ON SCHEMA trading TO anon"):
            answer = stage.attempt(role, statement)
            # Who holds something there is warned (01007) that nothing was granted; that nothing was the oracle sees.
            assert answer.code in ("42501", "ok"), f"{role}: {statement}"


def test_a24_copy(stage: Stage) -> None:
    """RAW: COPY into a table with row level security, to a file, to a program. 42501, 0A000 where INSERT is granted."""
    refused(
        stage,
        "COPY trading.orders FROM STDIN",
        "COPY identity.profiles FROM STDIN",
        "COPY audit.audit_logs FROM STDIN",
        "COPY (SELECT 1) TO '/tmp/stolen'",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "COPY trading.orders FROM '/etc/passwd'",
        roles=ROLES,
    )
    refused(
        stage,
        "COPY market.fee_schedules (fee_tier, maker_fee_rate, taker_fee_rate) FROM STDIN",
        roles=("tradebase_operator",),
        code="0A000",
    )
    refused(
        stage,
        "COPY trading.orders FROM STDIN",
        "COPY audit.audit_logs FROM STDIN",
        roles=("tradebase_kernel",),
        code="0A000",
    )
    with stage.be("authenticated") as thief, thief.copy("COPY (SELECT * FROM portfolio.balances) TO STDOUT") as copied:
        rows = [bytes(row).decode() for row in copied]
    stage.hear("COPY TO", rows)
    assert len(rows) == 2
    assert all(str(stage.thief) in row for row in rows)


def test_a67_sequences(stage: Stage) -> None:
    """RAW: nextval, setval, currval and last_value of every sequence. 42501; the kernel draws from its own."""
    sequences = [s for (s,) in stage.admin.execute(
        "SELECT oid::regclass::text FROM pg_class "
        "WHERE relkind = 'S' AND relnamespace::regnamespace::text = ANY (%s)", [list(OURS)]
    )]  # fmt: skip
    assert len(sequences) >= 5
    for sequence in sequences:
        refused(
            stage,
            f"SELECT setval('{sequence}', 1)",
            f"SELECT last_value FROM {sequence}",
            f"ALTER SEQUENCE {sequence} RESTART",
        )
        refused(stage, f"SELECT nextval('{sequence}')", roles=ROLES)


def test_a68_passwords_and_files(stage: Stage) -> None:
    """RAW: pg_authid, pg_statistic, files of the server. 42501."""
    refused(
        stage,
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_shadow",
        "SELECT * FROM pg_statistic",
        "SELECT * FROM pg_statistic_ext_data",
        "SELECT * FROM pg_user_mapping",
        "SELECT * FROM pg_subscription",
        "SELECT * FROM pg_hba_file_rules",
        "SELECT * FROM pg_file_settings",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT pg_read_binary_file('global/pg_control')",
        "SELECT pg_ls_dir('.')",
        "SELECT * FROM pg_ls_logdir()",
        "SELECT pg_stat_file('postgresql.conf')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/stolen')",
        "SELECT pg_current_logfile()",
    )
    hidden = stage.attempt(
        "authenticated", "SELECT setting FROM pg_settings WHERE name IN ('data_directory', 'hba_file', 'config_file')"
    )
    assert hidden.count == 0


def test_a69_statistics(stage: Stage) -> None:
    """RAW: pg_stats and pg_stats_ext of tables with row level security: the commonest values are somebody's. No row."""
    stage.admin.execute("ANALYZE")
    seen = stage.admin.execute("SELECT count(*) FROM pg_stats WHERE schemaname = ANY (%s)", [list(OURS)]).fetchone()[0]
    assert seen > 50
    for role in EVERYBODY:
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            read = stage.attempt(role, f"SELECT * FROM {view} WHERE schemaname = ANY (%s)", list(OURS))
            assert (read.code, read.count) == ("ok", 0), f"{role} {view}"


def test_a70_information_schema(stage: Stage) -> None:
    """RAW: information_schema. What a role may use and nothing else."""
    for role in PEOPLE:
        tables = stage.attempt(role, "SELECT table_schema::text, table_name::text FROM information_schema.tables")
        listed = {(schema, table) for schema, table in tables.rows if schema in OURS}
        granted = {(s, t) for s, t in stage.admin.execute(
            "SELECT relnamespace::regnamespace::text, relname::text FROM pg_class WHERE relkind IN ('r', 'p', 'v') "
            "AND relnamespace::regnamespace::text = ANY (%s) "
            "AND (has_any_column_privilege(%s, oid, 'SELECT, INSERT, UPDATE') "
            "OR has_table_privilege(%s, oid, 'DELETE'))", [list(OURS), role, role]
        )}  # fmt: skip
        assert listed == granted, role
        assert not [t for s, t in listed if s in ("partitions", "attic")]
        sources = stage.attempt(
            role,
            "SELECT routine_definition FROM information_schema.routines "
            "WHERE routine_schema = ANY (%s) AND routine_definition IS NOT NULL",
            list(OURS),
        )
        assert sources.count == 0, role


def test_a71_sources(stage: Stage) -> None:
    """RAW: the source of functions, policies, views, defaults and comments.

    Readable by design: there is no secret in it.
    """
    sources = stage.attempt(
        "authenticated",
        """
        SELECT p.oid::regprocedure::text, coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) FROM pg_proc AS p
        WHERE p.pronamespace::regnamespace::text = ANY (%s)
        UNION ALL SELECT polname::text, concat(pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
        FROM pg_policy
        UNION ALL SELECT c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class AS c WHERE relkind = 'v'
        UNION ALL SELECT adrelid::regclass::text, pg_get_expr(adbin, adrelid) FROM pg_attrdef
        UNION ALL SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint
        UNION ALL SELECT objoid::text, description FROM pg_description
        UNION ALL SELECT objoid::text, description FROM pg_shdescription
        UNION ALL SELECT setrole::text, setconfig::text FROM pg_db_role_setting
        """,
        [*OURS, "api", "auth", "realtime"],
    )
    assert sources.count > 1000
    secret = [
        (name, text) for name, text in sources.rows
        if any(word in (text or "").lower() for word in SECRETS)
    ]  # fmt: skip
    assert secret == []


def test_a72_what_others_run(stage: Stage) -> None:
    """RAW: pg_stat_activity and pg_stat_statements.

    Others' text is hidden, and to reset is 42501; X18 guards to select.
    """
    with stage.database.connect() as other:
        other.execute("SELECT 'kanarie.statement'")
        pid = other.info.backend_pid
        for role in (*PEOPLE, "service_role", "tradebase_engine"):
            seen = stage.attempt(role, "SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
            assert seen.rows == [("<insufficient privilege>",)], role
            texts = stage.attempt(
                role,
                "SELECT query FROM pg_stat_activity "
                "WHERE query <> '<insufficient privilege>' AND pid <> pg_backend_pid()",
            )
            assert texts.count == 0, role
    refused(
        stage,
        "SELECT pg_stat_reset()",
        "SELECT pg_stat_reset_shared('bgwriter')",
        "SELECT pg_log_backend_memory_contexts(pg_backend_pid())",
    )
    there = stage.admin.execute(
        "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'"
    ).fetchone()[0]
    if there:
        with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
            one.execute("CREATE EXTENSION pg_stat_statements SCHEMA public")
            one.execute("SAVEPOINT installed; SET LOCAL ROLE authenticated")
            with pytest.raises(Exception, match="permission denied"):
                one.execute("SELECT public.pg_stat_statements_reset()")
            one.execute("ROLLBACK TO installed")


def test_a73_end_the_sessions_of_others(stage: Stage) -> None:
    """RAW: pg_cancel_backend and pg_terminate_backend on the owner's session and on PostgREST's. 42501."""
    pool = [pid for (pid,) in stage.admin.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'authenticator' "
        "AND application_name ~ 'PostgREST'"
    )]  # fmt: skip
    assert pool
    for pid in (stage.owner.info.backend_pid, stage.admin.info.backend_pid, pool[0]):
        refused(stage, f"SELECT pg_cancel_backend({pid})", f"SELECT pg_terminate_backend({pid})", roles=ROLES)
    assert stage.value("SELECT 1") == 1


def test_a74_extend_the_server(stage: Stage) -> None:
    """RAW: extensions, event triggers, publications, slots, libraries, languages. 42501."""
    refused(
        stage,
        "CREATE EXTENSION pgcrypto",
        "CREATE EXTENSION file_fdw",
        "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION core.refuse_change()",
        "CREATE PUBLICATION mine FOR TABLE trading.orders",
        "CREATE PUBLICATION mine FOR ALL TABLES",
        "CREATE SUBSCRIPTION mine CONNECTION 'host=elsewhere' PUBLICATION mine WITH (connect = false)",
        "SELECT pg_create_physical_replication_slot('mine')",
        "SELECT pg_create_logical_replication_slot('mine', 'pgoutput')",
        "SELECT pg_logical_slot_get_changes('mine', NULL, NULL)",
        "LOAD 'auto_explain'",
        "CREATE LANGUAGE mine HANDLER plpgsql_call_handler",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE c AS 'x', 'y'",
        "CREATE FOREIGN DATA WRAPPER mine",
        "CREATE CAST (text AS uuid) WITH INOUT",
    )
    with stage.database.connect("authenticator") as raw:
        for role in PEOPLE:
            raw.execute(f"SET ROLE {role}")
            for statement in (
                "CREATE DATABASE mine",
                "CREATE TABLESPACE mine LOCATION '/tmp'",
                "ALTER SYSTEM SET fsync = off",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    raw.execute(statement)


def test_a75_the_server_itself(stage: Stage) -> None:
    """RAW: CHECKPOINT, switch of WAL, configuration. 42501."""
    refused(
        stage,
        "CHECKPOINT",
        "SELECT pg_switch_wal()",
        "SELECT pg_reload_conf()",
        "SELECT pg_rotate_logfile()",
        "SELECT pg_create_restore_point('mine')",
        "SELECT pg_promote()",
        "ALTER ROLE postgres PASSWORD 'mine'",
        "SET log_statement = 'all'",
        "SET log_min_messages = 'debug5'",
        "SET session_preload_libraries = 'x'",
        "SET track_activities = off",
    )
    for role in EVERYBODY:
        assert stage.attempt(role, "SET LOCAL log_min_error_statement = panic").code == "42501", role


def test_a76_drop_what_is_owned(stage: Stage) -> None:
    """RAW: DROP OWNED BY, REASSIGN OWNED BY. No privilege is lost and none gained; 42501 for what is another's.

    PostgreSQL before 15.20 takes the role out of its policies, by which it sees less, never more: the one restrictive
    policy is the kernel's. SECURITY.md says which server to run.
    """
    restrictive = (
        "SELECT count(*) FROM pg_policy WHERE NOT polpermissive AND polroles <> ARRAY['tradebase_kernel'::regrole::oid]"
    )
    assert stage.admin.execute(restrictive).fetchone() == (0,)
    rights = """
        SELECT (SELECT string_agg(concat(oid, relacl), ' ' ORDER BY oid) FROM pg_class),
            (SELECT string_agg(concat(oid, proacl), ' ' ORDER BY oid) FROM pg_proc),
            (SELECT string_agg(concat(oid, nspacl), ' ' ORDER BY oid) FROM pg_namespace)
    """
    policies = "SELECT polrelid, polname, polqual::text, polwithcheck::text, unnest(polroles) FROM pg_policy"
    for role in (*PEOPLE, "service_role", "tradebase_engine"):
        with stage.be(role) as cursor:
            before, had = cursor.execute(rights).fetchone(), set(cursor.execute(policies))
            number = cursor.execute("SELECT %s::regrole::oid", [role]).fetchone()[0]
            try:
                cursor.execute(f"DROP OWNED BY {role}")
                assert cursor.execute(rights).fetchone() == before, role
                has = set(cursor.execute(policies))
                assert has <= had, role
                assert {of for *_, of in had - has} <= {number}, role
            except psycopg.errors.InsufficientPrivilege:
                pass
            raise psycopg.Rollback
        for statement in (
            "DROP OWNED BY tradebase",
            "DROP OWNED BY tradebase_kernel CASCADE",
            f"REASSIGN OWNED BY tradebase TO {role}",
        ):
            assert stage.attempt(role, statement).code == "42501", f"{role}: {statement}"
    assert stage.ask("/balances").status_code == 200


def test_a77_change_the_record(stage: Stage) -> None:
    """RAW, API: UPDATE, DELETE, TRUNCATE, INSERT and DDL on the audit log, as everybody and the kernel. 42501."""
    leaves = [leaf for (leaf,) in stage.admin.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit.audit_logs'::regclass"
    )]  # fmt: skip
    assert leaves
    for table in ("audit.audit_logs", *leaves):
        refused(
            stage,
            f"UPDATE {table} SET actor_id = NULL",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
            f"DROP TABLE {table}",
        )
    refused(
        stage,
        "INSERT INTO audit.audit_logs (database_role, session_role, relation, operation) "
        "VALUES ('x', 'x', 'x', 'INSERT')",
        roles=ROLES,
    )
    for method in ("PATCH", "DELETE"):
        answer = stage.ask(
            "/activity?operation=not.is.null",
            "authenticated",
            method,
            {"operation": "INSERT"} if method == "PATCH" else None,
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "42501"), method


def test_a79_a_superuser_as_a_replica(stage: Stage) -> None:
    """RAW: a superuser, session_replication_role = replica, edits the record. TR902: the triggers are ENABLE ALWAYS."""
    for table in (
        "audit.audit_logs",
        "portfolio.ledger_entries",
        "trading.fills",
        "trading.trades",
        "trading.trade_busts",
    ):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
                one.execute("SET LOCAL session_replication_role = replica")
                with pytest.raises(Exception, match="append-only") as told:
                    one.execute(statement)
                assert told.value.sqlstate == "TR902", table
    with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
        one.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(Exception, match="append-only"):
            one.execute("UPDATE audit.audit_logs SET actor_id = NULL")
    # And what they write elsewhere as a replica is on record all the same.
    with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
        one.execute("SET LOCAL session_replication_role = replica; SELECT count(*) FROM audit.audit_logs")
        one.nextset()
        before = one.fetchone()[0]
        one.execute("UPDATE identity.users SET status = 'restricted' WHERE id = %s", [stage.maker])
        assert one.execute("SELECT count(*) FROM audit.audit_logs").fetchone()[0] == before + 1
