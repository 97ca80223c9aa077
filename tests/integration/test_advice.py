"""Supabase's linters say nothing about the deployed database but what tests/accepted_advice.toml accepts."""

import re
import tomllib

import pytest

from tradebase import PROJECT, supabase

FILE = PROJECT / "tests/accepted_advice.toml"
ACCEPTED = {
    tool: [
        entry | {"of": name}
        for entry in entries
        for name in (entry["of"] if isinstance(entry["of"], list) else [entry["of"]])
    ]
    for tool, entries in tomllib.loads(FILE.read_text()).items()
}
SCHEMAS = """
SELECT array_agg(nspname::text ORDER BY nspname) FROM pg_namespace
WHERE nspowner = (SELECT nspowner FROM pg_namespace WHERE nspname = 'ops')
AND nspname NOT IN ('auth', 'realtime', 'sqitch')
"""

Advice = tuple[str, str, str]


def advice(results: list[dict]) -> set[Advice]:
    """Return level, lint and schema.name of everything that the advisors say."""
    return {
        (said["level"], said["name"], f"{said['metadata'].get('schema')}.{said['metadata'].get('name')}")
        for said in results
    }


def complaints(results: list[dict]) -> set[Advice]:
    """Return level, SQLSTATE and function of everything that the lint says."""
    return {(issue["level"], issue["sqlState"], said["function"]) for said in results for issue in said["issues"]}


def judge(found: set[Advice], accepted: list[dict]) -> list[str]:
    """Return what is not accepted, and what is accepted and does not occur."""

    def meets(said: Advice, entry: dict) -> bool:
        return said[:2] == (entry["level"], entry["lint"]) and re.fullmatch(entry["of"], said[2]) is not None

    return [
        *(f"{' '.join(said)} is not accepted" for said in sorted(found) if not any(meets(said, e) for e in accepted)),
        *(
            f"{e['lint']} of {e['of']} does not occur any more: take its line out of {FILE.name}"
            for e in accepted
            if not any(meets(said, e) for said in found)
        ),
    ]


@pytest.fixture
def schemas(database) -> list[str]:
    """Give the names of every schema of ours."""
    with database.connect() as owner:
        return owner.execute(SCHEMAS).fetchone()[0]


@pytest.mark.parametrize("exposed", ["api", "every schema"])
def test_advisors_find_nothing_new(database, schemas: list[str], exposed: str) -> None:
    """As it is meant, and as if somebody had exposed everything: no schema is kept safe by being hidden."""
    found = supabase.advisors(database.server, database.name, ["api"] if exposed == "api" else schemas)
    assert judge(advice(found), ACCEPTED["advisors"]) == []


def test_advisors_are_told_what_is_exposed(database) -> None:
    """A view that anybody reads with its owner's rights is an error where it is exposed, and there alone."""
    with database.connect() as owner:
        owner.execute("CREATE VIEW market.open AS SELECT * FROM identity.users; GRANT SELECT ON market.open TO anon")
    error = "ERROR security_definer_view market.open is not accepted"
    for exposed, expected in ((["api", "market"], [error]), (["api"], [])):
        found = supabase.advisors(database.server, database.name, exposed)
        assert judge(advice(found), ACCEPTED["advisors"]) == expected


@pytest.mark.needs_extension("plpgsql_check")
def test_lint_finds_nothing_new(database, schemas: list[str]) -> None:
    """No function of ours has an error or a warning, until one is made that has."""
    with database.connect_as_superuser() as admin:
        admin.execute(f"ALTER DATABASE {database.name} SET search_path = public, tap")
        assert judge(complaints(supabase.lint(database.server, database.name, schemas)), ACCEPTED["lint"]) == []
        admin.execute(
            """
            CREATE FUNCTION api.wrong() RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RETURN (SELECT no_such_column FROM market.assets); END $$
            """
        )
        found = complaints(supabase.lint(database.server, database.name, schemas))
        assert judge(found, ACCEPTED["lint"]) == ["error 42703 api.wrong is not accepted"]


def test_a_line_without_advice_is_named() -> None:
    """What no longer occurs may not stay in the file."""
    entry = {"level": "INFO", "lint": "no_primary_key", "of": "market\\..*", "why": "never"}
    assert judge(set(), [entry]) == [
        f"no_primary_key of market\\..* does not occur any more: take its line out of {FILE.name}"
    ]
