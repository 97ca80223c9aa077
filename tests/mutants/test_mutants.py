"""Every protection is missed by a test when it is gone: the database without it, one at a time, turns something red."""

from pathlib import Path

import pytest
from gate import KINDS, RULES, TESTS, Gate, Mutant, behaviour_only, files_for, mutants, sample, text_of

SAMPLE = 4  # mutants of a kind; --full runs all


@pytest.fixture
def gate(database) -> Gate:
    """Give a clone in which files meet mutants."""
    return Gate(database.server, database.name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_mutant_is_noticed(request, gate, tally, kind):
    """No mutant of this kind survives the tests that execute a statement; survivors are printed by name."""
    options = request.config.option
    chosen = [m for m in mutants(gate.server, gate.database) if m.kind == kind and options.mutant in str(m)]
    if not chosen and options.mutant:
        pytest.skip(f"no mutant of this kind is named {options.mutant}")
    if not (options.full or options.mutant):
        chosen = sample(chosen, SAMPLE)
    killers = {mutant: gate.killer(mutant, files_for(mutant)) for mutant in chosen}
    for mutant, killer in killers.items():
        print(f"{mutant}: {killer or 'SURVIVES'}")
    tally("mutants", len(chosen), "executed")
    survivors = [str(mutant) for mutant, killer in killers.items() if not killer]
    tally("mutants", len(survivors), "survived")
    assert not survivors, "no test notices:\n" + "\n".join(survivors)
    assert chosen


def test_the_kinds_are_all_there(gate):
    """No kind of mutant is forgotten, and no two mutants have one name."""
    there = mutants(gate.server, gate.database)
    assert sorted({mutant.kind for mutant in there}) == KINDS
    assert len({str(mutant) for mutant in there}) == len(there)


def test_a_new_object_has_its_mutants(database, gate):
    """What is made next is mutated without anybody saying so."""
    before = {str(mutant) for mutant in mutants(gate.server, gate.database)}
    with database.connect() as owner:
        owner.execute("""
            CREATE DOMAIN market.grade AS text CONSTRAINT grade_check CHECK (value <> '');
            CREATE TABLE market.notes (
                id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT notes_pkey PRIMARY KEY,
                asset_id integer CONSTRAINT notes_asset_id_fkey REFERENCES market.assets (id),
                code text CONSTRAINT notes_code_check CHECK (code <> '') CONSTRAINT notes_code_key UNIQUE
            );
            CREATE UNIQUE INDEX notes_asset_id_idx ON market.notes (asset_id);
            CREATE FUNCTION market.notes_touch() RETURNS trigger LANGUAGE plpgsql
            SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN new; END';
            CREATE TRIGGER notes_touch BEFORE INSERT ON market.notes FOR EACH ROW EXECUTE FUNCTION market.notes_touch();
            CREATE POLICY notes_all ON market.notes TO anon USING (id > 1) WITH CHECK (id > 2);
            CREATE VIEW market.noted AS SELECT 1 AS one
        """)
    assert {str(mutant) for mutant in mutants(gate.server, gate.database)} - before == {
        "disable_rls market.notes",
        "drop_check market.grade.grade_check",
        "drop_check market.notes.notes_code_check",
        "drop_foreign_key market.notes.notes_asset_id_fkey",
        "drop_policy market.notes.notes_all",
        "drop_primary_key market.notes.notes_pkey",
        "drop_trigger market.notes.notes_touch",
        "drop_unique market.notes.notes_asset_id_idx",
        "drop_unique market.notes.notes_code_key",
        "execute_to_public market.notes_touch()",
        "grant_to_anon market.noted",
        "grant_to_anon market.notes",
        "grant_to_anon market.notes_id_seq",
        "grant_to_public market.noted",
        "grant_to_public market.notes",
        "grant_to_public market.notes_id_seq",
        "open_policy market.notes.notes_all",
        "uncheck_policy market.notes.notes_all",
        "unforce_rls market.notes",
        "unpin_search_path market.notes_touch()",
    }


def test_what_harms_nobody_survives(gate):
    """A policy of another name is the same policy: only a comparison with the catalog calls it red, and is off."""
    renamed = "ALTER POLICY assets_public_select ON market.assets RENAME TO assets_everybody_select"
    mutant = Mutant("drop_policy", "renamed", "market.assets", ("market.assets",), renamed)
    first, second = files_for(mutant)[:2]
    assert (first, second) == (TESTS / "market/assets.sql", TESTS / "market/assets_access.sql")
    assert gate.red(renamed, text_of(second))
    assert gate.killer(mutant, [first, second]) is None


def test_a_statement_that_fails_is_no_mutant(gate):
    """That nothing was mutated is not taken for something that was noticed."""
    with pytest.raises(AssertionError, match="42P01"):
        gate.red("DROP TABLE market.nothing", text_of(TESTS / "market/assets.sql"))


def test_a_file_that_cannot_run_notices_nothing(gate):
    """A file that names what is gone, outside an assertion, has not shown that anybody is refused."""
    text = "SELECT plan(1); ALTER TABLE market.assets DROP CONSTRAINT assets_code_check; SELECT pass('x'); ROLLBACK;"
    assert not gate.red("ALTER TABLE market.assets DROP CONSTRAINT assets_code_check", text)
    assert gate.red("SELECT", text) is None
    assert gate.red("SELECT", text.replace("pass", "fail")) == (1, "not ok 1 - x")
    assert gate.red("SELECT", text.replace("plan(1)", "plan(2)")) == (0, "2 planned, 1 ran")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("SELECT policies_are('a', 'b', ARRAY['(']);", "SELECT OFF;"),
        ("SELECT ok((SELECT relrowsecurity FROM pg_class), 'on');", "SELECT OFF;"),
        ("SELECT is(has_table_privilege('anon', t, 'SELECT'), FALSE) FROM t;", "SELECT OFF FROM t;"),
        ("SELECT results_eq($$ SELECT ')' FROM pg_policy $$, 'x') -- pg\n;", "SELECT OFF -- pg\n;"),
        (
            "PREPARE kinds AS SELECT polcmd FROM pg_policy; SELECT isnt_empty('kinds', 'some');",
            "PREPARE kinds AS SELECT polcmd FROM pg_policy; SELECT OFF;",
        ),
        (
            "CREATE TEMPORARY VIEW v AS TABLE pg_proc; PREPARE p AS TABLE v; SELECT is_empty('p');",
            "CREATE TEMPORARY VIEW v AS TABLE pg_proc; PREPARE p AS TABLE v; SELECT OFF;",
        ),
        (
            "SELECT relkind AS kind FROM pg_class \\gset\nSELECT is(:'kind', 'r'); SELECT is(:'a_kind', 'r');",
            "SELECT relkind AS kind FROM pg_class \\gset\nSELECT OFF; SELECT is(:'a_kind', 'r');",
        ),
        (
            "INSERT INTO found SELECT oid FROM pg_class; SELECT is_empty('TABLE found');",
            "INSERT INTO found SELECT oid FROM pg_class; SELECT OFF;",
        ),
        ("SELECT is_empty('TABLE audit.coverage', 'all');\n\\set x pg_class\n", "SELECT OFF;\n\\set x pg_class\n"),
    ],
)
def test_a_comparison_is_off(gate, text, left):
    """What reads the catalog passes, once for each row that it is asked for."""
    off = "pass('a comparison with the catalog, off here')"
    assert behaviour_only(text, gate.comparisons()) == left.replace("OFF", off)


@pytest.mark.parametrize(
    "text",
    [
        "SET LOCAL ROLE anon; SELECT throws_ok('SELECT FROM market.assets', '42501', NULL, 'policies_are()');",
        "-- pg_class, has_table_privilege()\nSELECT is(pg_temp.state_of('TRUNCATE market.assets'), '42501');",
        "PREPARE seen AS SELECT id FROM trading.orders; SELECT results_eq('seen', 'VALUES (1)', 'one');",
    ],
)
def test_behaviour_is_asked(gate, text):
    """What executes a statement stays as it is written."""
    assert behaviour_only(text, gate.comparisons()) == text


def test_files_of_behaviour_are_asked_whole(gate):
    """Nothing is off where nothing is compared; three things are in place_order_for, and of the rules all but one."""

    def off(file: Path, rule: str | None = None) -> int:
        return gate.asked(file, rule).count("off here")

    for file in ("audit/every_table", "core/numbers", "trading/amend_order_for", "access/tables"):
        assert off(TESTS / f"{file}.sql") == 0, file
    assert off(TESTS / "trading/place_order_for.sql") == 3
    assert off(RULES, "X05") == text_of(RULES).count("SELECT is_empty(") - 1
