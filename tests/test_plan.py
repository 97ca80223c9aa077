"""Plan and scripts agree: names, headers, dependencies, guards, and what no script may say."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tradebase import PROJECT

LINE = re.compile(
    r"^(?P<name>[a-z][\w/]*)(?: \[(?P<requires>[^]]*)\])? \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [^<]+ <[^>]+> # (?P<note>.*)$"
)
VERBS = {"deploy": ("Deploy", "to"), "revert": ("Revert", "from"), "verify": ("Verify", "on")}
# The first two make what the guards stand in; ops/guard_revert and ops/guard_deploy are the guards.
BEFORE_GUARD_REVERT = {"platform", "schemas"}
BEFORE_GUARD_DEPLOY = BEFORE_GUARD_REVERT | {"ops/guard_revert", "ops/guard_deploy"}
# What speaks of many changes at once.
OF_A_CHANGE = re.compile(r"^tests/(?!access/|contracts/)(?!rules\.sql$)(?!audit/every_table\.sql$).*\.sql$")
FORBIDDEN = {
    # In PL/pgSQL, IF NOT EXISTS (SELECT …) is a question.
    "IF NOT EXISTS": r"\bIF\s+NOT\s+EXISTS\b(?!\s*\()",
    "OR REPLACE": r"\bOR\s+REPLACE\b",
    "IF EXISTS": r"\b(?:DROP|ALTER)\b[\w\s]*?\bIF\s+EXISTS\b",
    "CASCADE": r"(?<!ON DELETE )(?<!ON UPDATE )\bCASCADE\b",
    "SET search_path": r"^\s*SET\s+(?:LOCAL\s+|SESSION\s+)?search_path\b.*;\s*$",
}
# Each with its reason in the script.
ALLOWED = {"revert/identity/end_auth_session.sql: CASCADE", "revert/identity/take_in_auth_user.sql: CASCADE"}


@dataclass(frozen=True)
class Change:
    """A line of the plan."""

    name: str
    requires: list[str]
    note: str


def plan_of(project: Path) -> list[Change]:
    """Return the changes of a plan in their order; a line that is neither a change nor a tag nor a comment fails."""
    changes = []
    for line in (project / "sqitch.plan").read_text().splitlines():
        if not line.strip() or line[0] in "%#@":
            continue
        found = LINE.match(line)
        assert found, f"sqitch.plan: not a change: {line}"
        changes.append(Change(found["name"], (found["requires"] or "").split(), found["note"]))
    return changes


def script(project: Path, kind: str, name: str) -> str:
    """Return the text of a script, '' where the file is missing (test_every_change_has_its_files says so)."""
    file = project / kind / f"{name}.sql"
    return file.read_text() if file.exists() else ""


def code(text: str) -> str:
    """Return a script without its comments."""
    return re.sub(r"--[^\n]*", "", text)


def wrong_headers(project: Path, change: Change) -> list[str]:
    """Return what is wrong with the first lines of a change's scripts."""
    wrong = []
    for kind, (verb, preposition) in VERBS.items():
        want = f"-- {verb} tradebase:{change.name} {preposition} pg"
        first = script(project, kind, change.name).partition("\n")[0]
        if first != want:
            wrong.append(f"{kind}/{change.name}.sql begins with {first!r}, not {want!r}")
    requires = re.findall(r"^-- requires: (.*)$", script(project, "deploy", change.name), re.MULTILINE)
    if requires != change.requires:
        wrong.append(f"deploy/{change.name}.sql requires {requires}, the plan says {change.requires}")
    return wrong


def wrong_frames(project: Path, change: Change) -> list[str]:
    """Return which scripts of a change are no single transaction, or lack their guard or their assertions."""
    name = change.name
    begins = {"deploy": r"BEGIN;\s", "revert": r"BEGIN;\s", "verify": r"BEGIN;\s"}
    ends = {"deploy": "COMMIT;", "revert": "COMMIT;", "verify": "ROLLBACK;"}
    if name not in BEFORE_GUARD_DEPLOY:
        begins["deploy"] += r"\s*CALL ops\.guard_deploy\(\);"
    if name not in BEFORE_GUARD_REVERT:
        begins["revert"] += rf"\s*CALL ops\.guard_revert\('{name}'\);"
    wrong = []
    for kind, begin in begins.items():
        text = code(script(project, kind, name)).strip()
        if not re.match(begin, text):
            wrong.append(f"{kind}/{name}.sql does not begin as {begin}")
        if not text.endswith(ends[kind]):
            wrong.append(f"{kind}/{name}.sql does not end in {ends[kind]}")
    if not re.search(r"\bASSERT\b|\bWHERE FALSE\b", code(script(project, "verify", name))):
        wrong.append(f"verify/{name}.sql asserts nothing")
    return wrong


def forbidden_words(project: Path, change: Change) -> list[str]:
    """Return what a change says "for safety". Only platform may: what it finds was not made by the plan."""
    if change.name == "platform":
        return []
    return [
        f"{kind}/{change.name}.sql: {what}"
        for kind in VERBS
        for what, pattern in FORBIDDEN.items()
        if f"{kind}/{change.name}.sql: {what}" not in ALLOWED
        and re.search(pattern, code(script(project, kind, change.name)), re.IGNORECASE | re.MULTILINE)
    ]


def refuse(culprits: list[str]) -> None:
    """Fail with the culprits, one on a line."""
    assert not culprits, "\n".join(sorted(set(culprits)))


PLAN = plan_of(PROJECT)


def test_every_change_has_its_files() -> None:
    """A change has four files, and no file is without its change."""
    wanted = {f"{kind}/{change.name}.sql" for change in PLAN for kind in ("deploy", "revert", "verify", "tests")}
    files = {
        str(file.relative_to(PROJECT))
        for kind in ("deploy", "revert", "verify")
        for file in PROJECT.glob(f"{kind}/**/*.sql")
    }
    tests = {str(file.relative_to(PROJECT)) for file in PROJECT.glob("tests/**/*.sql")}
    assert wanted, "the plan is empty"
    assert sorted(wanted - files - tests) == [], "files that are missing"
    assert sorted((files | {test for test in tests if OF_A_CHANGE.match(test)}) - wanted) == [], (
        "files without a change"
    )


def test_plan_names_what_came_before() -> None:
    """A name is planned once, and requires only what stands above it."""
    names = [change.name for change in PLAN]
    refuse([f"{name} is planned twice" for name in names if names.count(name) > 1])
    late = [
        f"{change.name} requires {required}"
        for at, change in enumerate(PLAN)
        for required in change.requires
        if required not in names[:at]
    ]
    refuse(late)


def test_notes_are_sentences() -> None:
    """A note says in a sentence what the change is for, and is not the name again."""
    poor = [
        f"{change.name}: {change.note!r}"
        for change in PLAN
        if not re.match(r"[A-Z].*\.$", change.note)
        or len(change.note.split()) < 3
        or re.sub(r"\W", "", change.note.lower()) == re.sub(r"\W", "", change.name.lower())
    ]
    refuse(poor)


@pytest.mark.parametrize("rule", [wrong_headers, wrong_frames, forbidden_words])
def test_scripts(rule) -> None:
    """Every script keeps the rule."""
    refuse([wrong for change in PLAN for wrong in rule(PROJECT, change)])


def test_sqitch_add_makes_all_four_files(tmp_path: Path) -> None:
    """`sqitch add trading/notes --template table` makes four files that keep the rules above."""
    for name in ("sqitch.conf", "sqitch.plan"):
        shutil.copy(PROJECT / name, tmp_path)
    shutil.copytree(PROJECT / "scripts/templates", tmp_path / "scripts/templates")
    required = PLAN[-1].name
    subprocess.run(
        ["sqitch", "add", "trading/notes", "--template", "table", "--requires", required, "--note", "What they wrote."],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "TZ": "UTC",
            "SQITCH_FULLNAME": "T",
            "SQITCH_EMAIL": "t@localhost",
            "HOME": str(tmp_path),
        },
        check=True,
        capture_output=True,
    )
    made = plan_of(tmp_path)[-1]
    assert made == Change("trading/notes", [required], "What they wrote.")
    assert (tmp_path / "tests/trading/notes.sql").read_text().count("SELECT plan(") == 1
    refuse(wrong_headers(tmp_path, made) + wrong_frames(tmp_path, made) + forbidden_words(tmp_path, made))
