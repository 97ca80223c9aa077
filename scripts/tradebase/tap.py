"""pgTAP files: run one through psql, and read what it printed as a list of assertions."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tradebase.database import OWNER, environment, psql
from tradebase.server import Server

TIMEOUT = 120  # seconds a file may run
LINE = re.compile(
    r"^(?P<bad>not )?ok (?P<number>\d+)(?: - (?P<name>.*?))?(?: # (?P<directive>TODO|SKIP)\b *(?P<why>.*))?$"
)
PLAN = re.compile(r"^1\.\.(\d+)(?: # SKIP\b.*)?$")


@dataclass
class Assertion:
    """One TAP line: `outcome` is passed, failed or skipped, `detail` the diagnosis or the reason."""

    number: int
    name: str
    outcome: str
    detail: list[str] = field(default_factory=list)


def wants_history(file: Path) -> bool:
    """Say whether a pgTAP file is a contract of a query: of those asks tests/contracts/test_contracts.py."""
    return file.parent.name == "contracts"


def run_file(server: Server, database: str, file: Path, owner: str = OWNER) -> subprocess.CompletedProcess[str]:
    """Run a pgTAP file as the owner, in the file's own transaction; a file that hangs ends with exit code 124."""
    # A psql that is killed does not end its statement: the server looks whether the client is still there.
    options = "-c search_path=tap -c client_connection_check_interval=1s"
    env = environment(server, owner, database) | {"PGOPTIONS": options}
    command = [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", str(file)]
    try:
        return subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        printed = (slow.stdout or b"").decode(errors="replace")
        return subprocess.CompletedProcess(command, 124, printed, f"it ran longer than {TIMEOUT} s\n")


def read(output: str) -> tuple[list[Assertion], int | None]:
    """Return the assertions of a TAP text, each with its diagnosis, and the planned number (None: no plan)."""
    assertions: list[Assertion] = []
    planned = None
    for line in output.splitlines():
        if found := LINE.match(line):
            directive = found["directive"]
            failed = found["bad"] is not None
            outcome = "skipped" if directive == "SKIP" or (directive and failed) else "failed" if failed else "passed"
            detail = [f"{directive} {found['why']}".strip()] if directive else []
            assertions.append(Assertion(int(found["number"]), found["name"] or "(no name)", outcome, detail))
        elif found := PLAN.match(line):
            planned = int(found[1])
        elif line.startswith("#") and assertions and assertions[-1].outcome == "failed":
            assertions[-1].detail.append(line.removeprefix("#").removeprefix(" "))
    return assertions, planned


def judge(ran: subprocess.CompletedProcess[str]) -> tuple[list[Assertion], str]:
    """Return the assertions of a file that ran, and why the file as a whole failed ('' when it did not)."""
    assertions, planned = read(ran.stdout)
    numbers = [assertion.number for assertion in assertions]
    if ran.returncode != 0:
        why = f"psql ended with {ran.returncode} after {len(assertions)} of {planned or '?'} assertions"
    elif planned is None:
        why = "the file printed no plan: does it begin with SELECT plan(n)?"
    elif numbers != list(range(1, planned + 1)):
        why = f"{planned} assertions were planned, {len(numbers)} ran"
    else:
        return assertions, ""
    return assertions, "\n".join([why, *ran.stderr.splitlines(), "It printed:", *ran.stdout.splitlines()])
