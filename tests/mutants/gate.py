"""Mutants of the database, and the pgTAP files that are asked whether they notice one: by behaviour alone."""

import hashlib
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from tradebase import PROJECT, tap
from tradebase.database import OWNER, connect, environment, psql
from tradebase.server import SUPERUSER, Server

TESTS = PROJECT / "tests"
CATALOG = Path(__file__).with_name("mutants.psql")
KINDS = [
    "disable_rls",
    "disable_trigger",
    "drop_check",
    "drop_foreign_key",
    "drop_policy",
    "drop_primary_key",
    "drop_trigger",
    "drop_unique",
    "execute_to_public",
    "expose_leaf",
    "grant_to_anon",
    "grant_to_public",
    "open_policy",
    "uncheck_policy",
    "unforce_rls",
    "unpin_search_path",
]
RULES = TESTS / "rules.sql"
# The two kinds that are a rule's to notice, and the rule.
BY_RULE = {"execute_to_public": "X06", "unpin_search_path": "X05"}
# These look up in the catalog what there is, and execute a statement for each: nothing in them compares.
LOOK_UP = TESTS / "access"
# What compares with the catalog and does nothing else.
COMPARE = {RULES, LOOK_UP / "catalog.sql"}


@dataclass(frozen=True)
class Mutant:
    """One protection taken away from an object: by which statement, and the words of tests that may notice."""

    kind: str
    name: str
    object: str
    words: tuple[str, ...]
    statement: str

    def __str__(self) -> str:
        """Give the name that a survivor is printed by, and that --mutant looks in."""
        return f"{self.kind} {self.name}"


def mutants(server: Server, database: str) -> list[Mutant]:
    """Return all mutants of a database, in the order of their kinds and names."""
    with connect(server, database) as connection:
        return [
            Mutant(kind, name, of, tuple(words), statement)
            for kind, name, of, words, statement in connection.execute(CATALOG.read_text())
        ]


def sample(mutants: list[Mutant], size: int) -> list[Mutant]:
    """Return `size` of the mutants, the same in every run."""
    return sorted(mutants, key=lambda mutant: hashlib.sha256(mutant.name.encode()).digest())[:size]


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
# What gives a name of the test's own to what it reads: these, and \gset makes variables of aliases.
DEFINES = re.compile(
    r"^\s*(?:PREPARE|INSERT +INTO|CREATE +(?:OR +REPLACE +)?(?:TEMP(?:ORARY)? +)?(?:FUNCTION|PROCEDURE|VIEW|TABLE))"
    r"\s+(?:pg_temp\.)?(\w+)\b(?!\.)"
)
ALIAS = re.compile(r"\bAS (\w+)")
NAME = re.compile(r"(?<!:)(:?)['\"]?(\w+)")


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
        names = {colon + name for colon, name in NAME.findall(said)}
        compares = bool(READS_CATALOG.search(said) or calls & comparisons or tainted & names)
        keeps = [":" + name for name in ALIAS.findall(said)] if said.endswith("\\gset") else DEFINES.findall(said)
        if keeps:
            tainted.update(keeps if compares else [])
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


# A mutant and a file: the mutation is in the file's own transaction, whose ROLLBACK takes both back.

ERROR = re.compile(r"(?:ERROR|FATAL|PANIC): +(\w{5}): ")
# Errors outside an assertion that show nothing: a file names what the mutation has dropped already, or is slow now.
NO_NOTICE = re.compile("42(?!501)|57014")
TOO_SLOW = "# too slow"
PATIENCE = 20  # seconds for a statement, and for a file but for its last one; with nothing mutated none takes ten


@dataclass(frozen=True)
class Gate:
    """A clone of the deployed template in which files meet mutants, one at a time."""

    server: Server
    database: str

    def killer(self, mutant: Mutant, files: list[Path]) -> str | None:
        """Return the first file that notices the mutant, and by what; None for a survivor."""
        for file in files:
            text = self.asked(file, BY_RULE.get(mutant.kind))
            if red := self.red(mutant.statement, text, mutant.object):
                number, what = red
                # Or its red would say nothing.
                before = self.red("SELECT", text, mutant.object, upto=number)
                assert not before, f"{file} is red without {mutant}, too: {before}"
                return f"{file.relative_to(PROJECT)}: {what}"
        return None

    def red(self, mutation: str, text: str, only: str = "", upto: int = 0) -> tuple[int, str] | None:
        """Return what first turns red in a pgTAP text after a mutation: the number of an assertion (0: none), its name.

        None when nothing does. `only` is the object that tests/access go by, `upto` the last assertion to look at.
        """
        numbers, planned, mutated = [], None, False
        for line in self.printed(mutation, text, only):
            mutated = mutated or line == "# mutated"
            if error := ERROR.match(line):
                assert mutated, f"{mutation}: {line}"
                return None if NO_NOTICE.match(error[1]) else (0, line)
            if found := tap.PLAN.match(line):
                planned = int(found[1])
            elif found := tap.LINE.match(line):
                numbers.append(int(found["number"]))
                if found["bad"]:
                    return numbers[-1], line
                if numbers[-1] == upto:
                    return None
            elif line == TOO_SLOW:
                return None
        return None if numbers == list(range(1, (planned or 0) + 1)) else (0, f"{planned} planned, {len(numbers)} ran")

    def printed(self, mutation: str, text: str, only: str) -> Iterator[str]:
        """Yield what psql prints, line by line; who stops listening stops it."""
        script = f"""
            BEGIN;
            {mutation};
            \\echo # mutated
            SET LOCAL SESSION AUTHORIZATION {OWNER};
            {text}"""
        env = environment(self.server, SUPERUSER, self.database)
        deadline = time.monotonic() + PATIENCE
        with TemporaryFile("w+") as given:
            given.write(script)
            given.seek(0)
            with subprocess.Popen(
                [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-v", f"only={only}"],
                env=env | {"PGOPTIONS": f"-c search_path=tap -c statement_timeout={PATIENCE}s"},
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as running:
                try:
                    for line in running.stdout:
                        yield line.rstrip("\n")
                        if time.monotonic() > deadline:
                            yield TOO_SLOW
                            break
                finally:
                    running.kill()

    @cache  # noqa: B019
    def asked(self, file: Path, keep: str | None) -> str:
        """Return what a file is asked for: all it does."""
        text = text_of(file)
        return text if file.parent == LOOK_UP else behaviour_only(text, self.comparisons(), keep)

    @cache  # noqa: B019
    def comparisons(self) -> set[str]:
        """Return the names of pgTAP's assertions that only read the catalog."""
        with connect(self.server, self.database) as connection:
            names = connection.execute(
                "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'tap'::regnamespace AND proname !~ '^_'"
                " AND prorettype = 'text'::regtype AND NOT proretset"
            )
            return {name for (name,) in names} - DEEDS - {"diag", "plan", "no_plan", "pg_version", "os_name"}


@cache
def text_of(file: Path) -> str:
    """Return the text of a test with its fixtures."""
    return with_includes(file)


def files_for(mutant: Mutant) -> list[Path]:
    """Return the files that are asked about a mutant: all of them, those named like it and that speak of it first."""
    if mutant.kind in BY_RULE:
        return [RULES]
    named = [TESTS / f"{word.replace('.', '/')}{suffix}.sql" for word in mutant.words for suffix in ("", "_access")]

    def rank(file: Path) -> tuple[object, ...]:
        spoken_of = [text_of(file).count(word) for word in mutant.words]
        place = named.index(file) if file in named else len(named)
        return place, -sum(count > 0 for count in spoken_of), -sum(spoken_of), file

    return sorted((f for f in TESTS.glob("**/*.sql") if f not in COMPARE and not tap.wants_history(f)), key=rank)
