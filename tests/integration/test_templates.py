"""What sqitch makes from our templates deploys, verifies, passes its tests, keeps the rules and is taken back."""

import shutil
import subprocess
from pathlib import Path

from tradebase import PROJECT, tap
from tradebase.database import sqitch

# As CONTRIBUTING.md says it.
ADD = {
    "trading/notes": ("table", ["identity/users", "core/uuid7"], "What a user wrote beside an order."),
    "trading/notes_access": ("access", ["core/current_user_id", "trading/notes"], "A user sees their own."),
    "trading/write_note": ("function", ["trading/notes_access"], "The one way to write one."),
}


def test_a_change_from_a_template_works_as_it_is_made(database, tmp_path: Path) -> None:
    """The three lines of CONTRIBUTING.md, then a whole cycle in a clone."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".git", ".venv", "docs", "__pycache__"))
    for change, (template, requires, note) in ADD.items():
        needs = [argument for name in requires for argument in ("-r", name)]
        add(project, change, "--template", template, *needs, "-n", note)
    sqitch(database.server, database.name, "deploy", "--verify", project=project)
    for file in (*(f"trading/{name}" for name in ("notes", "notes_access", "write_note")), "rules"):
        assertions, why = tap.judge(tap.run_file(database.server, database.name, project / f"tests/{file}.sql"))
        assert why == ""
        assert [a.name for a in assertions if a.outcome != "passed"] == []
    sqitch(database.server, database.name, "revert", "-y", "--to", "ops/verify_integrity", project=project)


def add(project: Path, *arguments: str) -> None:
    """Run `sqitch add` in a copy of the project."""
    subprocess.run(
        ["sqitch", "add", *arguments],
        cwd=project,
        env={"PATH": "/usr/bin:/bin", "HOME": str(project), "TZ": "UTC", "SQITCH_FULLNAME": "T", "SQITCH_EMAIL": "t@l"},
        check=True,
        capture_output=True,
    )
