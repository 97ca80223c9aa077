"""The command line end to end, on clusters and files of its own: up, load, status, down, and what each refuses."""

import gzip
import json
import lzma
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradebase import ENVIRONMENT, OK, REFUSED, USAGE, sample, server, tap
from tradebase import database as databases

# All on one worker: they share a Tradebase that is up.
pytestmark = pytest.mark.xdist_group("up")

COMMAND = [str(Path(sys.executable).parent / "tradebase")]
HEADER = sample.HEADER
BAR = "coinbase,BTCUSD,crypto,{at},100.00,101.00,99.00,100.50,1.5,trade"
AT = sample.FIRST - 86400  # a day before the sample begins


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `tradebase` on a home of the test, without the real data."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | {"TRADEBASE_HOME": str(home), "TRADEBASE_DATA": "/nonexistent"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def refused(ran: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """Assert that a command ended with the code and said the words, and no traceback."""
    said = ran.stderr + ran.stdout
    assert ran.returncode == code, said
    assert "Traceback" not in said
    for word in words:
        assert word in said


@pytest.fixture(scope="module")
def home(open_folder: Path) -> Iterator[Path]:
    """Give the home of a Tradebase that is up with the sample, stopped afterwards."""
    started = run(open_folder / "home", "up")
    assert started.returncode == OK, started.stderr + started.stdout
    yield open_folder / "home"
    run(open_folder / "home", "down", "--delete")


def status(home: Path) -> dict[str, object]:
    """Return what `status --json` says of a running Tradebase."""
    ran = run(home, "status", "--json")
    assert ran.returncode == OK, ran.stderr
    return json.loads(ran.stdout)


def test_up_loads_and_funds(home: Path) -> None:
    """The sample is loaded, users are funded, every check is at zero."""
    there = status(home)
    assert there["running"]
    assert there["changes"] == len(databases.planned_changes())
    assert there["rows"]["market.markets"] == 5
    assert there["rows"]["market.price_history"] == 2 * sample.MINUTES
    assert there["rows"]["portfolio.transfers"] == 20
    assert there["checks"] > 0
    assert there["violations"] == 0


def test_second_up_changes_nothing(home: Path) -> None:
    """It says that it is running, and how to look for oneself."""
    before = status(home)
    again = run(home, "up")
    assert again.returncode == OK
    assert "is running" in again.stdout
    assert before["psql"] in again.stdout
    after = status(home)
    assert {**after, "bytes": 0} == {**before, "bytes": 0}


def test_down_keeps_and_up_resumes(home: Path) -> None:
    """A stopped Tradebase starts with the same rows; nothing is loaded or funded twice."""
    before = status(home)
    assert run(home, "down").returncode == OK
    refused(run(home, "status"), REFUSED, "not running", "./scripts/up")
    refused(run(home, "load", "bars", "/dev/null"), REFUSED, "not running")
    assert run(home, "up").returncode == OK
    assert status(home)["rows"] == before["rows"]


def test_interrupted_up_resumes(home: Path) -> None:
    """When the mark of a finished up is missing, up does every step again and none of them twice."""
    before = status(home)
    (home / "complete").unlink()
    assert run(home, "up").returncode == OK
    assert status(home)["rows"] == before["rows"]


def test_loading_twice_changes_nothing(home: Path, tmp_path: Path) -> None:
    """Plain, .gz and .xz hold the same; the second load finds all of it there."""
    content = f"{HEADER}\n{BAR.format(at=AT)}\n".encode()
    (tmp_path / "bars.csv").write_bytes(content)
    (tmp_path / "bars.csv.gz").write_bytes(gzip.compress(content))
    (tmp_path / "bars.csv.xz").write_bytes(lzma.compress(content))
    before = status(home)["rows"]["market.price_history"]
    for name, loaded in (("bars.csv", 1), ("bars.csv.gz", 0), ("bars.csv.xz", 0)):
        ran = run(home, "load", "bars", str(tmp_path / name), COLUMNS="200")
        assert ran.returncode == OK, ran.stderr
        assert f"{loaded} loaded" in ran.stdout
    assert status(home)["rows"]["market.price_history"] == before + 1

    (tmp_path / "instruments.csv").write_text(sample.INSTRUMENTS)
    ran = run(home, "load", "instruments", str(tmp_path / "instruments.csv"), COLUMNS="200")
    assert ran.returncode == OK, ran.stderr
    assert "already there" in ran.stdout
    assert "type future is not taken" in ran.stdout


def bad_bars() -> dict[str, tuple[list[str], str]]:
    """Return files of bars that are wrong on line 3 (or 1), and a word of what was expected there."""
    good = BAR.format(at=AT + 120)
    bad = BAR.format(at=AT + 180)
    return {
        "low above high": ([HEADER, good, bad.replace("99.00", "102.00")], "line 3"),
        "unknown instrument": ([HEADER, good, bad.replace("BTCUSD", "NOSUCH")], "line 3"),
        "duplicate": ([HEADER, good, good], "line 3"),
        "no number": ([HEADER, good, bad.replace("101.00", "many")], "line 3"),
        "NaN": ([HEADER, good, bad.replace("101.00", "NaN")], "line 3"),
        "negative": ([HEADER, good, bad.replace("99.00", "-99.00")], "line 3"),
        "missing column": ([HEADER, good, bad.removesuffix(",trade")], "line 3"),
        "not on the minute": ([HEADER, good, BAR.format(at=AT + 181)], "line 3"),
        "wrong header": ([HEADER.replace("venue", "exchange"), good], "line 1"),
        "not a bar file": ([sample.INSTRUMENTS], "line 1"),
        "not text": ([HEADER, good, "\x00\x01"], "line 3"),
    }


@pytest.mark.parametrize("case", bad_bars())
def test_bad_bars_load_nothing(home: Path, tmp_path: Path, case: str) -> None:
    """The line is named, and the good lines before it are not loaded either."""
    lines, word = bad_bars()[case]
    (tmp_path / "bars.csv").write_text("\n".join(lines) + "\n")
    before = status(home)["rows"]
    refused(run(home, "load", "bars", str(tmp_path / "bars.csv")), REFUSED, "Nothing was loaded", word)
    assert status(home)["rows"] == before


def bad_instruments() -> dict[str, tuple[str, str]]:
    """Return instrument files that are wrong, and the line that is."""
    lines = sample.INSTRUMENTS.splitlines()
    return {
        "wrong header": ("\n".join(lines[1:]), "line 1"),
        "duplicate": ("\n".join([*lines, lines[2]]), f"line {len(lines) + 1}"),
        "missing column": ("\n".join([*lines, "coinbase,SOLUSD,crypto,SOL-USD,USD"]), f"line {len(lines) + 1}"),
        "no number": ("\n".join([*lines, "coinbase,SOLUSD,crypto,SOL-USD,USD,1,tiny,1"]), f"line {len(lines) + 1}"),
    }


@pytest.mark.parametrize("case", bad_instruments())
def test_bad_instruments_load_nothing(home: Path, tmp_path: Path, case: str) -> None:
    """The line is named, and nothing is loaded."""
    text, word = bad_instruments()[case]
    (tmp_path / "instruments.csv").write_text(text + "\n")
    before = status(home)["rows"]
    ran = run(home, "load", "instruments", str(tmp_path / "instruments.csv"))
    refused(ran, REFUSED, "Nothing was loaded", word)
    assert status(home)["rows"] == before


@pytest.mark.parametrize(("suffix", "compress"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_truncated_archive_loads_nothing(home: Path, tmp_path: Path, suffix: str, compress) -> None:
    """An archive that ends in the middle is named as such, and nothing of it is loaded."""
    lines = [HEADER, *(BAR.format(at=AT + 60 * minute) for minute in range(1000))]
    archive = compress("\n".join(lines).encode())
    file = tmp_path / f"bars.csv{suffix}"
    file.write_bytes(archive[: len(archive) // 2])
    before = status(home)["rows"]
    refused(run(home, "load", "bars", str(file)), REFUSED, "ends in the middle (after line", "fetch it again")
    file.write_bytes(b"no archive at all")
    refused(run(home, "load", "bars", str(file)), REFUSED, "fetch it again")
    assert status(home)["rows"] == before


def test_deployed_database_passes_its_tests(home: Path) -> None:
    """Every pgTAP file passes on a database that holds other rows, and leaves it as it was."""
    known = json.loads((home / "server.json").read_text())
    running = server.Server(str(home), known["binaries"], known["port"])
    before = status(home)["rows"]
    databases.add_test_tools(running, "tradebase")
    failed = []
    for file in sorted((databases.PROJECT / "tests").glob("**/*.sql")):
        assertions, why = tap.judge(tap.run_file(running, "tradebase", file))
        bad = [f"{a.number} {a.name}\n" + "\n".join(a.detail) for a in assertions if a.outcome == "failed"]
        failed += [f"{file.relative_to(databases.PROJECT)}: {what}" for what in (*bad, why) if what]
    assert not failed, "\n".join(failed)
    assert status(home)["rows"] == before


def test_taken_port(open_folder: Path) -> None:
    """A port that somebody listens on is refused before anything is made."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = run(open_folder / "taken", "up", "--port", str(taken.getsockname()[1]))
    refused(ran, ENVIRONMENT, "cannot be used", "--port")
    assert not (open_folder / "taken/cluster").exists()
    refused(run(open_folder / "taken", "up", "--port", "80"), USAGE)


def test_full_disk(open_folder: Path) -> None:
    """A disk without room is refused before anything is made: a real one, which only root can mount."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk")
    small = open_folder / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount")
    try:
        refused(run(small / "home", "up"), ENVIRONMENT, "GiB free", "make room")
        assert not (small / "home/cluster").exists()
    finally:
        subprocess.run(["umount", small], check=True)


def fake_binaries(folder: Path, version: str) -> Path:
    """Make a folder of binaries that only say their version."""
    folder.mkdir()
    for name in ("postgres", "pg_ctl"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return folder


def test_old_postgres(open_folder: Path, tmp_path: Path) -> None:
    """PostgreSQL 14 is refused with what to install."""
    old = fake_binaries(tmp_path / "bin", "14.20")
    refused(run(open_folder / "old", "up", TRADEBASE_PG_BIN=str(old)), ENVIRONMENT, "PostgreSQL 14 is too old", "15")


def test_missing_psql(open_folder: Path, tmp_path: Path) -> None:
    """Without psql, it is named with the package that brings it."""
    without = fake_binaries(tmp_path / "bin", "15.20")
    refused(
        run(open_folder / "without", "up", TRADEBASE_PG_BIN=str(without)), ENVIRONMENT, "psql is missing", "install"
    )
    assert not (open_folder / "without/cluster").exists()


def test_missing_postgres(open_folder: Path, tmp_path: Path) -> None:
    """Without a server, that is said."""
    (tmp_path / "bin").mkdir()
    ran = run(open_folder / "none", "up", TRADEBASE_PG_BIN=str(tmp_path / "bin"))
    refused(ran, ENVIRONMENT, "PostgreSQL is not installed")


def test_no_rights_to_install(open_folder: Path) -> None:
    """An ordinary user without the packages is told the line that root must run."""
    project = open_folder / "project/scripts"
    project.mkdir(parents=True)
    for name in ("up", "bootstrap.sh"):
        shutil.copy(databases.PROJECT / "scripts" / name, project)
    # Only what the shell itself needs is on this PATH: sqitch and pg_prove are not.
    bare = open_folder / "bin"
    bare.mkdir()
    for name in ("bash", "dirname", "apt-get", "mktemp", "id"):
        if found := shutil.which(name):
            (bare / name).symlink_to(found)
    command = ["bash", str(project / "up")]
    if os.geteuid() == 0:
        command = [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    ran = subprocess.run(command, env={"PATH": str(bare)}, capture_output=True, text=True, check=False)
    refused(ran, ENVIRONMENT, "only root may install", "sudo apt-get install", "sqitch")


def test_missing_file(open_folder: Path) -> None:
    """A file that is not there is refused before anything is made."""
    ran = run(open_folder / "missing", "up", "--bars", "/nonexistent/bars.csv")
    refused(ran, REFUSED, "/nonexistent/bars.csv does not exist")
    assert not (open_folder / "missing/cluster").exists()
