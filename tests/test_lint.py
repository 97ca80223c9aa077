"""The linters find nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradebase import PROJECT

BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        [
            "squawk",
            "--config",
            ".squawk.toml",
            *sorted(str(f.relative_to(PROJECT)) for f in PROJECT.glob("deploy/**/*.sql")),
        ],
        ["sqlfluff", "lint", "--nocolor", "--disable-progress-bar", "deploy"],
    ],
    ids=["ruff-check", "ruff-format", "squawk", "sqlfluff"],
)
def test_linter(command: list[str]) -> None:
    """The linter has nothing to say."""
    ran = subprocess.run([BIN / command[0], *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
