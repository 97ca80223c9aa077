"""plpgsql_check reads every function body as the server would run it, and finds nothing."""

import re

import pytest

# A trigger function is checked once for each table it is on.
FINDINGS = """
SELECT format(
    '%s%s line %s: %s %s (%s)', f.function, ' on ' || nullif(f.relation, 0)::regclass, c.lineno, c.level, c.message,
    c.sqlstate
)
FROM (
    SELECT DISTINCT
        p.oid::regprocedure AS function, coalesce(t.tgrelid, 0) AS relation,
        -- One function for several triggers has the tables of each where it asks which it is.
        max(t.tgoldtable) OVER of_table AS old, max(t.tgnewtable) OVER of_table AS new
    FROM pg_proc AS p
    JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
    LEFT JOIN pg_trigger AS t ON t.tgfoid = p.oid AND NOT t.tgisinternal
    WHERE p.proowner IN ('tradebase'::regrole, 'tradebase_kernel'::regrole)
        AND (p.prorettype <> 'trigger'::regtype OR t.oid IS NOT NULL)
    WINDOW of_table AS (PARTITION BY p.oid, t.tgrelid)
) AS f
CROSS JOIN LATERAL tap.plpgsql_check_function_tb(
    f.function, f.relation, fatal_errors => FALSE, performance_warnings => TRUE, security_warnings => TRUE,
    extra_warnings => TRUE, oldtable => f.old, newtable => f.new
) AS c
ORDER BY 1
"""
# What it cannot know: the text that this EXECUTE runs is pg_get_triggerdef()'s, with one qualified name for another.
HARMLESS = re.compile(
    r"ops\.ensure_partitions\(regclass,date,date\) line \d+: security text type variable is not sanitized \(00000\)"
)
CHECKED = """
SELECT count(*) FROM pg_proc WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = 'plpgsql')
AND proowner IN ('tradebase'::regrole, 'tradebase_kernel'::regrole)
"""


@pytest.mark.needs_extension("plpgsql_check")
def test_plpgsql_check_finds_nothing(database) -> None:
    """No error, no warning in any function or trigger."""
    with database.connect_as_superuser() as admin:
        assert admin.execute(CHECKED).fetchone()[0] > 0
        findings = [finding for (finding,) in admin.execute(FINDINGS)]
        assert [finding for finding in findings if not HARMLESS.fullmatch(finding)] == [], "\n".join(findings)
        assert len(findings) == 1, "the exception has no case left"


@pytest.mark.needs_extension("plpgsql_check")
@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("SELECT no_such_column FROM market.assets", 'column "no_such_column" does not exist'),
        # X05: the path is the function's own, pinned, whatever the caller's is.
        ("SELECT min(code) FROM assets", 'relation "assets" does not exist'),
    ],
    ids=["a wrong column", "no schema"],
)
def test_plpgsql_check_sees(database, wrong: str, named: str) -> None:
    """A function that is wrong is found: the query above looks at our functions."""
    with database.connect_as_superuser() as admin:
        admin.execute("SET ROLE tradebase; SET search_path = market")
        admin.execute(
            f"""
            CREATE FUNCTION core.wrong() RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
            $$ BEGIN RETURN ({wrong}); END $$
            """
        )
        admin.execute("RESET ROLE")
        findings = [finding for (finding,) in admin.execute(FINDINGS)]
        assert any("core.wrong()" in finding and named in finding for finding in findings), findings
