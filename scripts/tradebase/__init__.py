"""The harness of Tradebase: starts real servers, calls sqitch and psql, loads files, reads TAP, measures."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

# Exit codes, the same for every command.
OK = 0
REFUSED = 1  # a test, a load, a deploy or a target failed
USAGE = 2  # the command line is wrong (typer's own code)
ENVIRONMENT = 3  # the machine lacks something: a package, PostgreSQL 15, rights, disk space, a free port


class Problem(Exception):
    """What went wrong and what to do about it, for a person to read; `code` becomes the exit code."""

    def __init__(self, sentence: str, code: int = REFUSED) -> None:
        """Keep the sentence, and the exit code it ends the command with."""
        super().__init__(sentence)
        self.code = code
