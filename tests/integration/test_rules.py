"""tests/rules.sql would notice: the database is broken once per rule, and exactly that rule reports it."""

import re
import subprocess

import pytest

from tradebase import PROJECT, tap
from tradebase.database import environment, psql
from tradebase.server import SUPERUSER

RULES = PROJECT / "tests" / "rules.sql"
NEWEST_LEAF = (
    "(SELECT b.leaf FROM ops.partition_bounds('portfolio.ledger_entries') AS b ORDER BY b.from_at DESC LIMIT 1)"
)
DEPOSIT = "portfolio.deposit(uuid, text, numeric, text, text)"


def function(body: str) -> str:
    """Return the SQL that makes a function of ours with this body, and nothing else wrong with it."""
    return f"""
        SET ROLE tradebase;
        CREATE FUNCTION ops.stray() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
        $$ BEGIN {body} END $$;
        COMMENT ON FUNCTION ops.stray() IS 'What it does is wrong.';
        RESET ROLE"""


BREAKS = {
    "S01": "COMMENT ON TABLE market.assets IS NULL",
    "S02": "ALTER TABLE market.assets RENAME CONSTRAINT assets_kind_check TO kind_is_known",
    "S03": "ALTER INDEX market.markets_base_asset_id_idx RENAME TO by_base_asset",
    "S04": "ALTER POLICY assets_public_select ON market.assets RENAME TO everybody_reads",
    "S05": "ALTER TRIGGER markets_touch ON market.markets RENAME TO touch",
    "S06": "ALTER TABLE ops.job_runs ADD COLUMN weight real",
    "S07": "ALTER TABLE ops.job_runs ADD COLUMN listed boolean",
    "S08": "CREATE SEQUENCE ops.n; ALTER TABLE ops.job_runs ADD COLUMN n bigint DEFAULT nextval('ops.n')",
    "S09": "ALTER TABLE ops.job_runs ADD COLUMN fee numeric(20, 8) CONSTRAINT job_runs_fee_check CHECK (fee < 9)",
    "S10": "ALTER TABLE ops.job_runs DROP CONSTRAINT job_runs_pkey",
    "S11": "DROP INDEX portfolio.balances_asset_id_idx",
    "S12": "ALTER TABLE market.markets DISABLE TRIGGER markets_touch",
    "S13": "CREATE TABLE public.notes (id integer PRIMARY KEY)",
    "S14": """
        SET ROLE tradebase;
        CREATE FUNCTION api.peek() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS 'BEGIN END';
        COMMENT ON FUNCTION api.peek() IS 'A definer where only invokers belong.';
        RESET ROLE;
        ALTER FUNCTION api.peek() OWNER TO tradebase_kernel""",
    "S15": """
        SET ROLE tradebase;
        CREATE TABLE partitions.stray (id integer CONSTRAINT stray_pkey PRIMARY KEY);
        COMMENT ON TABLE partitions.stray IS 'No leaf of anything.';
        ALTER TABLE partitions.stray ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
        RESET ROLE""",
    "S16": "DELETE FROM ops.partition_policies WHERE parent = 'market.price_history'::regclass",
    "S17": f"""
        DO $$ BEGIN EXECUTE format('ALTER TABLE %s REPLICA IDENTITY NOTHING', {NEWEST_LEAF}); END $$""",
    "S18": "ALTER POLICY assets_kernel_all ON market.assets TO tradebase_worker",
    "S19": "ALTER TABLE ops.job_runs OWNER TO postgres",
    "S20": "COMMENT ON COLUMN identity.support_openings.reason IS 'Why.'",
    "S21": "COMMENT ON TABLE ops.job_runs IS 'What ran.'",
    "X01": "ALTER TABLE market.assets NO FORCE ROW LEVEL SECURITY",
    "X02": "GRANT USAGE ON SCHEMA partitions TO anon",
    "X03": "GRANT TRUNCATE ON market.assets TO tradebase_operator",
    "X04": "GRANT DELETE, UPDATE (kind) ON market.assets TO authenticated",
    "X05": f"ALTER FUNCTION {DEPOSIT} RESET search_path",
    "X06": "GRANT EXECUTE ON FUNCTION core.uuid7() TO PUBLIC",
    "X07": "ALTER DEFAULT PRIVILEGES FOR ROLE tradebase GRANT SELECT ON TABLES TO anon",
    "X08": f"ALTER FUNCTION {DEPOSIT} OWNER TO tradebase",
    "X09": "ALTER POLICY assets_public_select ON market.assets TO PUBLIC",
    "X10": "ALTER POLICY profiles_owner_update ON identity.profiles WITH CHECK (TRUE)",
    "X11": "ALTER POLICY users_owner_select ON identity.users USING (id = core.current_user_id())",
    "X12": "ALTER VIEW api.balances RESET (security_invoker)",
    "X13": """
        CREATE MATERIALIZED VIEW market.totals AS SELECT 1 AS total;
        COMMENT ON MATERIALIZED VIEW market.totals IS 'Row level security does not reach it.';
        GRANT SELECT ON market.totals TO anon""",
    "X14": "ALTER FUNCTION core.uuid7() LEAKPROOF",
    "X15": "ALTER ROLE authenticated SET statement_timeout = '1h'",
    "X16": "ALTER ROLE tradebase_support BYPASSRLS",
    "X17": "GRANT TEMPORARY ON DATABASE :DBNAME TO PUBLIC",
    "X18": "CREATE EXTENSION pg_stat_statements",
    "X19": "ALTER TABLE ops.job_runs ADD COLUMN motto text",
    "X20": "ALTER TABLE market.assets REPLICA IDENTITY FULL",
    "X21": "CREATE PUBLICATION everything FOR ALL TABLES",
    "X22": "ALTER TABLE trading.trade_busts ENABLE TRIGGER trade_busts_no_truncate",
    "X23": """
        ALTER TABLE identity.support_openings ADD COLUMN api_token text
        CONSTRAINT support_openings_api_token_check CHECK (length(api_token) < 100);
        COMMENT ON COLUMN identity.support_openings.api_token IS 'To come in by. [personal]'""",
    "X24": function("EXECUTE 'DROP TABLE ' || current_setting('a.b');"),
    "X25": function("DECLARE p identity.profiles; BEGIN RAISE 'not for %', p.display_name; END;"),
    "X26": "UPDATE ops.partition_policies SET premake = premake + 1 WHERE parent = 'trading.trades'::regclass",
    "X27": "GRANT USAGE ON SEQUENCE trading.command_seq TO authenticated",
    "X29": "ALTER TABLE market.assets ADD CONSTRAINT assets_decided_check CHECK (TRUE) NOT VALID",
    "X30": "CREATE EXTENSION dblink",
}
# Where a rule says more than one thing, the others.
HALVES = [
    ("X02", "SET LOCAL pgrst.db_schemas = 'api, partitions'"),
    ("X02", "GRANT USAGE ON SCHEMA attic TO service_role"),
    ("X04", "GRANT SELECT ON identity.users TO PUBLIC"),
    ("X04", "GRANT SELECT ON identity.users TO service_role"),
    ("X04", "GRANT INSERT (display_name) ON identity.profiles TO authenticated"),
    ("X05", f"ALTER FUNCTION {DEPOSIT} SET search_path = portfolio"),
    ("X05", "ALTER FUNCTION core.uuid7() SECURITY DEFINER; ALTER FUNCTION core.uuid7() OWNER TO tradebase_kernel"),
    ("X06", "ALTER DEFAULT PRIVILEGES FOR ROLE tradebase GRANT EXECUTE ON FUNCTIONS TO PUBLIC"),
    ("X07", "ALTER DEFAULT PRIVILEGES FOR ROLE tradebase IN SCHEMA partitions GRANT INSERT ON TABLES TO PUBLIC"),
    ("X08", "GRANT CREATE ON SCHEMA trading TO tradebase_kernel"),
    ("X08", "ALTER FUNCTION ops.ensure_partitions(date) OWNER TO tradebase_operator"),
    ("X11", "ALTER POLICY users_owner_select ON identity.users USING (id = (SELECT gen_random_uuid()))"),
    (
        "X12",
        "SET ROLE tradebase; CREATE VIEW api.mine WITH (security_invoker = TRUE) AS "
        "SELECT a.code FROM market.assets AS a WHERE core.current_user_id() IS NOT NULL; "
        "COMMENT ON VIEW api.mine IS 'Asks who that is, behind no barrier.'; RESET ROLE",
    ),
    (
        "X13",
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;"
        "CREATE FOREIGN TABLE market.quotes (id integer) SERVER nowhere; GRANT SELECT ON market.quotes TO anon",
    ),
    ("X14", "CREATE CAST (market.assets AS text) WITH INOUT"),
    ("X14", "CREATE OPERATOR public.=== (FUNCTION = core.is_client_key, RIGHTARG = text)"),
    ("X15", "ALTER DATABASE :DBNAME SET row_security = off"),
    ("X16", "CREATE ROLE a_second_superuser SUPERUSER"),
    ("X16", "CREATE ROLE a_stranger; GRANT service_role TO a_stranger"),
    ("X16", "GRANT tradebase_kernel TO tradebase_worker"),
    ("X17", "GRANT CREATE ON SCHEMA public TO PUBLIC"),
    ("X17", "GRANT USAGE ON SCHEMA core TO PUBLIC"),
    ("X19", "CREATE DOMAIN core.motto AS text; COMMENT ON DOMAIN core.motto IS 'Of any length.'"),
    ("X19", "CREATE DOMAIN core.sum AS numeric CHECK (VALUE >= 0); COMMENT ON DOMAIN core.sum IS 'NaN too.'"),
    ("X20", "CREATE PUBLICATION settings FOR TABLE system.system_config"),
    ("X21", "CREATE PUBLICATION prices FOR TABLES IN SCHEMA market"),
    ("X22", "DROP TRIGGER trade_busts_no_truncate ON trading.trade_busts"),
    ("X24", function("EXECUTE format('DROP TABLE %s', current_setting('a.b'));")),
    (
        "X27",
        "CREATE VIEW api.numbers WITH (security_invoker = TRUE) AS SELECT 1 AS order_id;"
        "COMMENT ON VIEW api.numbers IS 'Whoever sees one knows the next.'",
    ),
    ("X29", "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'identity.support_openings_open_idx'::regclass"),
    ("X30", "UPDATE pg_language SET lanpltrusted = FALSE WHERE lanname = 'plpgsql'"),
]
# What no query on one database can tell: the test that does.
ELSEWHERE = {"X28": "test_migrations.py"}


def failing_rules(database, broken_by: str) -> list[str]:
    """Run the rules after `broken_by`, in one transaction that is rolled back; return the ids of those that fail."""
    script = f"BEGIN;\nSET LOCAL search_path = tap;\n{broken_by};\n\\ir {RULES}\n"
    run = subprocess.run(
        [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1"],
        env=environment(database.server, SUPERUSER, database.name),
        input=script,
        capture_output=True,
        text=True,
        check=False,
    )
    assertions, _ = tap.read(run.stdout)
    assert run.returncode == 0, run.stderr
    assert len(assertions) == len(BREAKS), run.stdout
    return [a.name.split()[0] for a in assertions if a.outcome == "failed"]


def test_every_rule_is_broken_once():
    """A new rule needs its break."""
    assert re.findall(r"'([SX]\d\d) ", RULES.read_text()) == list(BREAKS)


def test_no_lint_is_missing():
    """X01 to X30 of security.md are rules, or tests that say so."""
    lints = {rule for rule in BREAKS if rule.startswith("X")} | set(ELSEWHERE)
    assert lints == {f"X{number:02}" for number in range(1, 31)}
    for lint, file in ELSEWHERE.items():
        assert lint in (PROJECT / "tests/integration" / file).read_text()


def test_the_deployed_database_keeps_every_rule(rolled_back):
    """Nothing fails before anything is broken: what fails below fails by the break."""
    assert failing_rules(rolled_back, "SELECT") == []


@pytest.mark.parametrize("rule", BREAKS)
def test_a_broken_rule_is_named(rolled_back, rule):
    """Exactly the rule that was broken reports it."""
    assert failing_rules(rolled_back, BREAKS[rule]) == [rule]


@pytest.mark.parametrize(("rule", "broken_by"), HALVES)
def test_every_half_of_a_rule_is_named(rolled_back, rule, broken_by):
    """What else a rule says fails by itself too."""
    assert failing_rules(rolled_back, broken_by) == [rule]
