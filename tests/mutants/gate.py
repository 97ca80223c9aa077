"""Mutants of the database, and the pgTAP files that are asked whether they notice one: by behaviour alone."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tradebase import PROJECT, tap
from tradebase.database import OWNER, connect, environment, psql
from tradebase.server import SUPERUSER, Server

TESTS = PROJECT / "tests"
CATALOG = Path(__file__).with_name("mutants.psql")
# Nothing that is executed as a role tells these from what was: the rule that compares them with the catalog is asked.
BY_RULE = {"unpin_search_path": "X05", "execute_to_public": "X06"}
RULES = TESTS / "rules.sql"
# Whose tests are asked first: those that try every role on every object.
OF_ACCESS = {
    "disable_rls", "drop_policy", "expose_leaf", "grant_to_anon", "grant_to_public", "open_policy", "uncheck_policy",
    "unforce_rls",
}  # fmt: skip
KINDS = sorted(
    OF_ACCESS
    | set(BY_RULE)
    | {"disable_trigger", "drop_check", "drop_foreign_key", "drop_primary_key", "drop_trigger", "drop_unique"}
)


@dataclass(frozen=True)
class Mutant:
    """One protection taken away: by which statement, and the words that lead to the tests that may notice."""

    kind: str
    name: str
    words: tuple[str, ...]
    statement: str

    def __str__(self) -> str:
        """Give the name that a survivor is printed by, and --mutant finds it by."""
        return f"{self.kind} {self.name}"


def mutants(server: Server, database: str) -> list[Mutant]:
    """Return all mutants of a database, in the order of their kinds and names."""
    with connect(server, database) as connection:
        return [
            Mutant(kind, name, tuple(words), do) for kind, name, words, do in connection.execute(CATALOG.read_text())
        ]


def sample(all_of_them: list[Mutant], size: int) -> list[Mutant]:
    """Return `size` mutants of one kind, which are the same in every run."""
    return sorted(all_of_them, key=lambda mutant: hashlib.sha256(mutant.name.encode()).digest())[:size]


# What compares with the catalog is no behaviour: its assertions pass without being asked.

# pgTAP's assertions that do something, or look at what was done. Its others read the catalog.
DEEDS = {
    "alike", "bag_eq", "bag_has", "bag_hasnt", "bag_ne", "cmp_ok", "doesnt_imatch", "doesnt_match", "fail", "ialike",
    "imatches", "is", "is_empty", "isa_ok", "isnt", "isnt_empty", "lives_ok", "matches", "ok", "pass", "performs_ok",
    "performs_within", "results_eq", "results_ne", "row_eq", "set_eq", "set_has", "set_hasnt", "set_ne", "throws_ilike",
    "throws_imatching", "throws_like", "throws_matching", "throws_ok", "unalike", "unialike",
}  # fmt: skip
# What reads the catalog in an assertion: the catalog itself and what is computed from it, by PostgreSQL and by us.
READS_CATALOG = re.compile(
    r"\bpg_(?!temp\b|catalog\b|backend_pid\b|column_size\b|current_xact_id\b|locks\b|read_all_data\b|sleep\b|typeof\b"
    r"|signal_backend\b|monitor\b|stat_get_xact_numscans\b)"
    r"|\bhas_[a-z_]+_privilege\b|\baclexplode\b|\bacldefault\b|\binformation_schema\b|\brow_security_active\b"
    r"|\b(obj|col|shobj)_description\b|\bformat_type\b|\bidentity\.personal_data\b"
    r"|\baudit\.(coverage|trigger_body)\b|\bops\.(leaf_problems|partition_bounds|partition_health)\b"
)
OFF = "pass('a comparison with the catalog, off here')"
TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?\*/)"
    r"|(?P<quoted>\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"[^\"]*\"|\$((?:[A-Za-z_]\w*)?)\$.*?\$\3\$)"
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<space>\s+)"
    r"|(?P<meta>\\[^\n]*)"
    r"|(?P<other>.)",
    re.DOTALL,
)
INCLUDE = re.compile(r"^\\ir +(\S+)\n?", re.MULTILINE)
DEFINES = re.compile(
    r"\b(?:PREPARE|CREATE +(?:OR +REPLACE +)?(?:TEMP(?:ORARY)? +)?(?:FUNCTION|PROCEDURE|VIEW|TABLE))\s+(?:\w+\.)?(\w+)"
)


def with_includes(file: Path) -> str:
    r"""Return the text of a file, with that of others where it says \ir."""
    return INCLUDE.sub(lambda found: with_includes(file.parent / found[1]) + "\n", file.read_text())


def statements(text: str) -> Iterator[list[tuple[str, str]]]:
    """Yield what ends with a semicolon or with a command of psql, as a list of tokens: what each is, and its text."""
    tokens = []
    for found in TOKEN.finditer(text):
        kind, piece = found.lastgroup, found[0]
        tokens.append((kind, piece))
        if kind == "meta" or (kind == "other" and piece == ";"):
            yield tokens
            tokens = []
    yield tokens


def behaviour_only(text: str, comparisons: set[str], keep: str | None = None) -> str:
    """Return a pgTAP text without comparisons with the catalog (or of all assertions only the one that says `keep`)."""
    tainted: set[str] = set()
    kept = []
    for tokens in statements(text):
        said = "".join(piece for kind, piece in tokens if kind != "comment")
        calls = {piece for kind, piece in tokens if kind == "word"}
        compares = bool(READS_CATALOG.search(said) or calls & comparisons or tainted & set(re.findall(r"\w+", said)))
        if defined := DEFINES.search(said):
            if compares:
                tainted.add(defined[1])
        elif keep not in said if keep else compares:
            tokens = without_assertions(tokens, DEEDS | comparisons)
        kept += (piece for _, piece in tokens)
    return "".join(kept)


def without_assertions(tokens: list[tuple[str, str]], assertions: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the tokens of a statement with every call of an assertion replaced by one that passes."""
    depth = 0  # of the parentheses in a call that is left out
    for place, (kind, piece) in enumerate(tokens):
        opens = kind == "other" and piece == "("
        if depth:
            depth += opens - (kind == "other" and piece == ")")
        elif kind == "word" and piece in assertions and tokens[place + 1 : place + 2] == [("other", "(")]:
            yield "word", OFF
        elif opens and tokens[place - 1][0] == "word" and tokens[place - 1][1] in assertions:
            depth = 1
        else:
            yield kind, piece


# An error outside an assertion that shows nothing: a file alters what the mutation has dropped already, or is slow now.
NO_NOTICE = {"42704", "57014"}
PATIENCE = "20s"  # of one statement; none takes more than five


# A mutant and a file: the mutation is in the file's own transaction, whose ROLLBACK takes both back.


@dataclass(frozen=True)
class Gate:
    """A clone of the deployed template in which files meet mutants, one at a time."""

    server: Server
    database: str

    def ask(self, file: Path, mutation: str, keep: str | None = None) -> str:
        """Return what turned red in a file after a mutation, '' when nothing did."""
        script = "\n".join(
            [
                "BEGIN;",
                f"{mutation};",
                r"\echo # mutated",
                f"SET LOCAL SESSION AUTHORIZATION {OWNER};",
                asked_of(self, file, keep),
            ]
        )
        env = environment(self.server, SUPERUSER, self.database)
        ran = subprocess.run(
            [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose"],
            env=env | {"PGOPTIONS": f"-c search_path=tap -c statement_timeout={PATIENCE}"},
            input=script,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=tap.TIMEOUT,
            check=False,
        )
        if "# mutated" not in ran.stdout:
            raise AssertionError(f"{mutation}: {ran.stderr}")
        assertions, why = tap.judge(ran)
        failed = [f"{assertion.number} {assertion.name}" for assertion in assertions if assertion.outcome == "failed"]
        error = re.search(r"ERROR: +(\w{5}): (.*)", ran.stderr)
        if error and error[1] in NO_NOTICE and not failed:
            return ""
        return failed[0] if failed else error[0] if error else why.partition("\n")[0]

    def killer(self, mutant: Mutant, files: list[Path]) -> str | None:
        """Return the first file that notices the mutant, and by what; None for a survivor."""
        for file in files:
            red = self.ask(file, mutant.statement, BY_RULE.get(mutant.kind))
            if red:
                before = red_before(self, file, BY_RULE.get(mutant.kind))
                assert not before, f"{file} is red without any mutant: {before}"
                return f"{file.relative_to(PROJECT)}: {red}"
        return None


@cache
def text_of(file: Path) -> str:
    """Return the text of a test with its fixtures."""
    return with_includes(file)


@cache
def asked_of(gate: "Gate", file: Path, keep: str | None) -> str:
    """Return what of a test is asked whether it notices a mutant."""
    return behaviour_only(text_of(file), comparisons(gate), keep)


@cache
def comparisons(gate: Gate) -> set[str]:
    """Return the names of pgTAP's functions that only read the catalog."""
    with connect(gate.server, gate.database) as connection:
        names = connection.execute(
            "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'tap'::regnamespace AND proname !~ '^_'"
            " AND prorettype = 'text'::regtype AND NOT proretset"
        )
        return {name for (name,) in names} - DEEDS - {"diag", "plan", "no_plan", "pg_version", "os_name"}


@cache
def red_before(gate: Gate, file: Path, keep: str | None) -> str:
    """Return what is red in a file without a mutant: nothing, or its red would say nothing."""
    return gate.ask(file, "SELECT", keep)


def files_for(mutant: Mutant) -> list[Path]:
    """Return the files that may notice a mutant, all of them, those that speak of it first."""
    if mutant.kind in BY_RULE:
        return [RULES]
    own = [TESTS / f"{word.replace('.', '/')}{suffix}.sql" for word in mutant.words for suffix in ("", "_access")]
    of_access = [TESTS / "access"] if mutant.kind in OF_ACCESS else []

    def rank(file: Path) -> tuple[object, ...]:
        spoken_of = [text_of(file).count(word) for word in mutant.words if word]
        return (
            file.parent not in of_access,
            own.index(file) if file in own else len(own),
            -sum(count > 0 for count in spoken_of),
            -sum(spoken_of),
            file,
        )

    return sorted((file for file in TESTS.glob("**/*.sql") if file != RULES), key=rank)
