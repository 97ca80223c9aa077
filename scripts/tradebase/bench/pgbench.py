"""Slices of pgbench: how many commands, how fast, how long each took, what the server's processors spent on them."""

import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import psutil

from tradebase import ENVIRONMENT, Problem
from tradebase import database as databases
from tradebase.server import Server, client_binaries

COMMANDS = Path(__file__).parent / "commands"
RAN_OUT = "the supply ran out"


@dataclass(frozen=True)
class Slice:
    """What one run did: `rate` commands a second, CPU seconds of the server; and each command, by its end.

    Ends are seconds of the clock, latencies the microseconds that each took.
    """

    rate: float
    cpu: float
    ends: list[float]
    latencies: list[int]

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server that one command took."""
        return self.cpu * 1e6 / len(self.latencies)


def program(name: str) -> str:
    """Return the path of a program that comes with the client or the server; ENVIRONMENT when it is missing."""
    path = client_binaries() / name
    if not path.exists():
        raise Problem(f"{name} is missing: install postgresql-{client_binaries().parent.name}.", ENVIRONMENT)
    return str(path)


def server_cpu(server: Server) -> float:
    """Return the CPU seconds, user and system, of the server so far: the postmaster, every child, and those that ended.

    So background writers and autovacuum are in it, and a backend is whether it still lives or not.
    """
    postmaster = psutil.Process(int(Path(server.data, "postmaster.pid").read_text().split()[0]))
    while True:
        own = postmaster.cpu_times()
        try:
            seconds = sum(own[:4]) + sum(sum(child.cpu_times()[:2]) for child in postmaster.children())
        except psutil.NoSuchProcess:
            continue
        # A child that ends while we read would be in neither sum, and be all that a client did.
        if postmaster.cpu_times()[2:4] == own[2:4]:
            return seconds


def run(
    server: Server,
    database: str,
    script: str | Path,
    clients: int,
    seconds: float,
    role: str = databases.OWNER,
    variables: dict[str, int] | None = None,
    settings: dict[str, str] | None = None,
    limit: float | None = None,
    through: dict[str, str] | None = None,
) -> Slice | None:
    """Run a script of ours or a built-in one, as a role, with settings without spaces; None when its supply ran out.

    At most `limit` commands a second; `through` a pooler, where a role and settings cannot be asked for and nothing is
    prepared: what libpq is told of it.
    """
    file = script if isinstance(script, Path) else COMMANDS / f"{script}.sql"
    options = [f"--file={file}"] if file.exists() else [f"--builtin={script}"]
    options += [f"--define={name}={value}" for name, value in (variables or {}).items()]
    given = " ".join(f"-c {name}={value}" for name, value in ({"role": role} | (settings or {})).items())
    with tempfile.TemporaryDirectory() as folder:
        before = server_cpu(server)
        ran = subprocess.run(
            [
                program("pgbench"),
                "--no-vacuum",
                f"--protocol={'prepared' if through is None else 'simple'}",
                *([f"--rate={limit:.1f}"] if limit else []),
                f"--client={clients}",
                f"--jobs={min(clients, os.cpu_count() or 1)}",
                f"--time={seconds:.0f}",
                "--log",
                f"--log-prefix={folder}/log",
                *options,
            ],
            env=databases.environment(server, databases.OWNER, database)
            | ({"PGOPTIONS": given} if through is None else through),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        spent = server_cpu(server) - before
        if RAN_OUT in ran.stderr:
            return None
        rate = re.search(r"^tps = ([0-9.]+) \(without", ran.stdout, re.MULTILINE)
        if ran.returncode or "aborted" in ran.stderr or not rate or not float(rate[1]):
            raise Problem(f"pgbench failed at {script}: {(ran.stderr.strip() or ran.stdout.strip())[:1000]}")
        lines = [line.split() for log in Path(folder).iterdir() for line in log.read_text().splitlines()]
    commands = sorted((int(line[4]) + int(line[5]) / 1e6, int(line[2])) for line in lines)
    return Slice(float(rate[1]), spent, *map(list, zip(*commands, strict=True)))


def told(slices: list[Slice]) -> dict[str, float]:
    """Return what a command cost over all slices: CPU microseconds of the server, percentiles of its milliseconds."""
    took = sorted(micros for one in slices for micros in one.latencies)
    at = quantiles(took, n=100)
    return {"cpu_us": sum(one.cpu for one in slices) * 1e6 / len(took)} | {
        f"p{percent}_ms": at[percent - 1] / 1000 for percent in (50, 95, 99)
    }


def fsync_rates(server: Server) -> dict[str, float]:
    """Return how often a second each method writes one 8 kB page to the server's disk, as pg_test_fsync measures it."""
    rates = {}
    with tempfile.TemporaryDirectory(dir=server.home) as folder:
        command = [program("pg_test_fsync"), "--secs-per-test=1", f"--filename={folder}/page"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as testing:
            for line in testing.stdout:
                if "two 8kB writes" in line:  # what a commit writes was before it
                    testing.terminate()
                    break
                if found := re.search(r"^\s+(\w+)\s+([0-9.]+) ops/sec", line):
                    rates[found[1]] = float(found[2])
    return rates
