"""A stack that is up, for tests: its commands, what it keeps, and whom it consists of."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tradebase import OK
from tradebase.stack import commands, place
from tradebase.stack.place import Stack

COMMAND = str(Path(sys.executable).parent / "tradebase")


@dataclass(frozen=True)
class Stacked:
    """A TRADEBASE_HOME whose stack is up, what its first `up` said, and a folder for temporary files of its own."""

    home: Path
    scratch: Path
    said: str = ""

    @property
    def stack(self) -> Stack:
        """The stack as its commands see it now."""
        return place.existing(self.home / "stack")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `tradebase stack` and return what came of it."""
        own = {"TRADEBASE_HOME": str(self.home), "TMPDIR": str(self.scratch), "COLUMNS": "200"}
        return subprocess.run(
            [COMMAND, "stack", *arguments],
            env=os.environ | own | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> str:
        """Bring up what is down, and return what was said."""
        ran = self.run("up", *arguments)
        assert ran.returncode == OK, ran.stdout + ran.stderr
        return ran.stdout

    def parts(self) -> dict[str, dict[str, object]]:
        """Return by name what `status` says of each part."""
        return {part["name"]: part for part in commands.status(self.stack)["parts"]}

    def pids(self) -> dict[str, int | None]:
        """Return by name the process of each part."""
        return {part.name: part.pid() for part in commands.members(self.stack)}

    def processes(self) -> list[psutil.Process]:
        """Return every process of the stack, children too."""
        found = []
        for pid in filter(None, self.pids().values()):
            with suppress(psutil.NoSuchProcess):
                found += [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        return found


@contextmanager
def stack_up(folder: Path) -> Iterator[Stacked]:
    """Yield a stack in a folder, stopped and deleted afterwards."""
    (folder / "scratch").mkdir()
    # Not where a cluster of `tradebase up` may be, of other tests of this worker.
    made = Stacked(folder / "stacked", folder / "scratch")
    try:
        yield Stacked(made.home, made.scratch, made.up())
    finally:
        assert made.run("down", "--delete").returncode == OK
        left = [*map(str, made.home.rglob("*"))]
        assert left == [], left
