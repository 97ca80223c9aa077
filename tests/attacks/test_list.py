"""The list of attacks, and that the oracle would hear: no attack is missing, no column, and no way out is deaf."""

import ast
import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from stage import MARK, PUBLIC_TABLES, TABLES, WITHOUT_CANARY, Stage

pytestmark = pytest.mark.xdist_group("attacks")
# They need what is not here yet: seals.
WAITING = {"A78": "seals", "A80": "seals"}


def attacks() -> dict[str, str]:
    """Return every attack of this folder and the sentence that says what it tries and what comes of it."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (named := re.match(r"test_([am]\d\d)_", node.name)):
                assert named[1].upper() not in found, node.name
                found[named[1].upper()] = ast.get_docstring(node)
    return found


def test_no_attack_is_missing(tally: Callable[..., None]) -> None:
    """A01 to A96 are all here or wait for something, and so is one of our own; each says how, what and to what end."""
    there = attacks()
    assert sorted([*there, *WAITING]) == [*(f"A{n:02}" for n in range(1, 97)), "M01"]
    for name, sentence in there.items():
        assert re.match(r"(API|RAW)(, (API|RAW))?: ", sentence), f"{name}: {sentence}"
    security = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    for name in (*WAITING, "A50", "A54", "A55", "A57", "A58", "A61"):
        assert name in security, f"SECURITY.md says nothing of {name}"
    tally("attacks", len(WAITING), f"waiting: {' '.join(sorted(WAITING))}")


def test_every_private_column_has_a_canary(stage: Stage) -> None:
    """A new column with room for one is seeded, or stage.py says why not; nothing is excused that is not there."""
    assert stage.empty == []
    there = {f"{table}.{column}" for table, columns in stage.admin.execute(TABLES) for column in columns}
    assert {name for name in WITHOUT_CANARY if name not in there} == set()
    tables = {table for table, _ in stage.admin.execute(TABLES)}
    assert tables >= PUBLIC_TABLES
    # Who is public has no column that says whose a row is.
    assert {
        name for name in there if name.rpartition(".")[0] in PUBLIC_TABLES and re.search(r"\.(user|actor)_id$", name)
    } == set()
    assert len(stage.canaries) > 120
    assert len(set(stage.canaries.values())) > 40  # a value counts for the first column that it is in


WAYS_OUT = {
    "an error": "RAISE EXCEPTION 'not yours: %', (SELECT display_name FROM identity.profiles WHERE user_id = whose)",
    "a detail": "RAISE EXCEPTION 'no' USING DETAIL = (SELECT email FROM auth.users WHERE id = whose)",
    "a notice": "RAISE NOTICE 'held: %', (SELECT max(held) FROM portfolio.balances WHERE user_id = whose)",
    "a warning, and the log": (
        "RAISE WARNING 'to %', (SELECT max(destination) FROM portfolio.transfers WHERE user_id = whose)"
    ),
    "a row": "RETURN (SELECT max(client_order_id) FROM trading.orders WHERE user_id = whose)",
    "a header": "PERFORM set_config('response.headers', json_build_array(json_build_object('X-Whose', (SELECT stp_group FROM identity.users WHERE id = whose)))::text, TRUE)",  # noqa: E501
    "a notification": "PERFORM pg_notify('orders', (SELECT encode(max(request_hash::text), 'escape') FROM trading.client_orders WHERE user_id = whose))",  # noqa: E501
    "a hash": "RETURN (SELECT max(encode(token_hash, 'hex')) FROM identity.user_sessions WHERE user_id = whose)",
    "a rounded number": "RETURN (SELECT max(hold)::double precision FROM trading.orders WHERE user_id = whose)",
}


@pytest.mark.parametrize("way", WAYS_OUT)
def test_the_oracle_hears(stage: Stage, way: str) -> None:
    """A function that leaks on purpose is heard, by whichever way it tells."""
    body = WAYS_OUT[way].replace("encode(max(request_hash::text), 'escape')", "max(encode(request_hash, 'hex'))")
    stage.admin.execute(
        f"""
        CREATE FUNCTION api.leak(whose uuid) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = pg_catalog, pg_temp AS $$ BEGIN {body}; RETURN NULL; END $$;
        GRANT EXECUTE ON FUNCTION api.leak(uuid) TO authenticated
        """
    )
    try:
        assert stage.leaks() == []
        stage.attempt("authenticated", "SELECT api.leak(%s)", stage.victim)
        raw = stage.leaks()
        if way != "a header":
            assert raw, "not heard in SQL"
        stage.admin.execute("NOTIFY pgrst, 'reload schema'")
        answer = wait_for(stage)
        heard = stage.leaks()
        assert heard or way in ("a notice",), f"not heard through the API: {answer.status_code} {answer.text}"
        if way == "a header":
            assert any("x-whose" in told or "X-Whose" in told for told in heard), heard
    finally:
        stage.admin.execute("DROP FUNCTION api.leak(uuid); NOTIFY pgrst, 'reload schema'")


def wait_for(stage: Stage) -> httpx.Response:
    """Call the leaking function by the API as soon as PostgREST knows it."""
    end = time.monotonic() + 10
    while True:
        answer = stage.call("leak", whose=str(stage.victim))
        if answer.status_code != 404 or time.monotonic() > end:
            return answer
        time.sleep(0.1)


def test_the_oracle_sees(stage: Stage) -> None:
    """A row of the victim's, a right and a policy that are changed are seen; and what is put back is not."""
    before = stage.fingerprint()
    for change in (
        "UPDATE identity.profiles SET country = 'DE' WHERE user_id = %s",
        "DELETE FROM trading.client_orders WHERE user_id = %s",
        "UPDATE portfolio.transfers SET status = status, fee = fee + 1 WHERE kind = 'withdrawal' AND user_id = %s",
        "UPDATE trading.orders SET updated_at = now() WHERE user_id = %s",
    ):
        with stage.admin.transaction(force_rollback=True):
            stage.admin.execute(change, [stage.victim])
            assert stage.fingerprint() != before, change
    for change in (
        "GRANT SELECT ON trading.client_orders TO anon",
        "ALTER POLICY orders_owner_select ON trading.orders USING (TRUE)",
        "ALTER TABLE trading.orders NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE audit.audit_logs DISABLE TRIGGER audit_logs_append_only",
        "ALTER ROLE anon SET statement_timeout = 0",
        "GRANT UPDATE (user_id) ON identity.profiles TO authenticated",
    ):
        with stage.admin.transaction(force_rollback=True):
            stage.admin.execute(change)
            assert stage.fingerprint() != before, change
    assert stage.fingerprint() == before


def test_attackers_know_no_canary() -> None:
    """No attack has the mark in what it sends: what is heard was told."""
    for file in Path(__file__).parent.glob("test_*.py"):
        if file.name not in ("test_list.py", "test_system.py"):
            assert MARK not in file.read_text(), file.name


# A96. tests/mutants breaks every protection there is; here three are, to see that an attack of this folder notices.
MUTANTS = {
    "A01: balances are everybody's to read": (
        "authenticated",
        "ALTER POLICY balances_owner_select ON portfolio.balances USING (TRUE)",
        "SELECT user_id FROM portfolio.balances WHERE user_id = %s",
    ),
    "A02: profiles are everybody's to write": (
        "authenticated",
        "ALTER POLICY profiles_owner_update ON identity.profiles USING (TRUE) WITH CHECK (TRUE); "
        "ALTER POLICY profiles_owner_select ON identity.profiles USING (TRUE)",
        "UPDATE identity.profiles SET country = 'XX' WHERE user_id = %s RETURNING user_id",
    ),
    "A13: orders are nobody's to read, too": (
        "anon",
        "ALTER POLICY orders_owner_select ON trading.orders TO anon, authenticated USING (TRUE); "
        "GRANT USAGE ON SCHEMA trading TO anon; GRANT SELECT ON trading.orders TO anon",
        "SELECT user_id FROM trading.orders WHERE user_id = %s",
    ),
}


def test_a96_a_policy_that_lets_all_in(stage: Stage) -> None:
    """RAW: one policy is broken at a time. The attack that found nothing finds the victim's row: its check goes red."""
    for name, (role, broken, attack) in MUTANTS.items():
        with stage.admin.transaction(force_rollback=True), stage.admin.cursor() as one:
            found = []
            for change in ("SELECT", broken):
                one.execute(f"RESET ROLE; {change}")
                stage.speak(one, role, stage.thief)
                try:
                    with one.connection.transaction():
                        found.append(one.execute(attack, [stage.victim]).rowcount)
                except psycopg.errors.InsufficientPrivilege as refused:
                    found.append(refused.sqlstate)
            assert found[0] in (0, "42501"), name
            assert found[1] not in (0, "42501"), name
