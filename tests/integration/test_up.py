"""The command line end to end, on clusters and files of its own: up, load, status, down, and what each refuses."""

import csv
import gzip
import hashlib
import io
import json
import lzma
import os
import re
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tradebase import ENVIRONMENT, OK, REFUSED, USAGE, Problem, recordings, sample, server, tap, up
from tradebase import database as databases
from tradebase import replay as replays

# All on one worker: they share a Tradebase that is up.
pytestmark = pytest.mark.xdist_group("up")

COMMAND = [str(Path(sys.executable).parent / "tradebase")]
# What pip reads: neither an index nor a folder of wheels.
NO_PYPI = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
HEADER = sample.HEADER
BAR = "coinbase,BTCUSD,crypto,{at},100.00,101.00,99.00,100.50,1.5,trade"
AT = sample.FIRST - 86400  # a day before the sample begins


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `tradebase` on a home of the test, without the real data, and without PyPI."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | {"TRADEBASE_HOME": str(home), "TRADEBASE_DATA": "/nonexistent"} | NO_PYPI | environment,
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
def first_up(open_folder: Path) -> Iterator[tuple[Path, str]]:
    """Give the home of a Tradebase that is up with the sample, stopped afterwards, and what `up` said."""
    started = run(open_folder / "home", "up", COLUMNS="200")
    assert started.returncode == OK, started.stderr + started.stdout
    yield open_folder / "home", started.stdout
    run(open_folder / "home", "down", "--delete")
    assert not (open_folder / "home/recording").exists()


@pytest.fixture(scope="module")
def home(first_up: tuple[Path, str]) -> Path:
    """Give the home of a Tradebase that is up with the sample."""
    return first_up[0]


def status(home: Path) -> dict[str, object]:
    """Return what `status --json` says of a running Tradebase."""
    ran = run(home, "status", "--json")
    assert ran.returncode == OK, ran.stderr
    return json.loads(ran.stdout)


def server_of(home: Path) -> server.Server:
    """Return the server of a Tradebase that is up."""
    known = json.loads((home / "server.json").read_text())
    return server.Server(str(home), known["binaries"], known["port"])


def test_up_loads_and_funds(home: Path) -> None:
    """The sample is loaded, users are funded, every check is at zero."""
    there = status(home)
    assert there["running"]
    assert there["changes"] == len(databases.planned_changes())
    assert there["rows"]["market.markets"] == 5 + 1  # and the recording's
    assert there["rows"]["market.price_history"] == 2 * sample.MINUTES
    orders, trades = (list(csv.DictReader(text.splitlines())) for text in sample.recording())
    created = [row for row in orders if row["action"] == "created"]
    with databases.connect(server_of(home), "tradebase") as admin:
        deposits = admin.execute(
            """
            SELECT count(*) FILTER (WHERE idempotency_key LIKE 'up-user-%'),
                count(*) FILTER (WHERE idempotency_key LIKE 'replay-%'),
                count(DISTINCT (user_id, asset_id)) FILTER (WHERE idempotency_key LIKE 'replay-%')
            FROM portfolio.transfers
            """
        ).fetchone()
    assert deposits[0] == 20
    assert deposits[1] == deposits[2] > 200
    assert there["rows"]["portfolio.transfers"] == sum(deposits[:2])
    assert there["rows"]["trading.orders"] == len(created)
    assert there["rows"]["trading.trades"] == len(trades) > 50
    assert there["rows"]["trading.fills"] == 2 * len(trades)
    assert there["checks"] > 0
    assert there["violations"] == 0


def test_up_says_what_it_replayed(first_up: tuple[Path, str]) -> None:
    """No file, no PyPI: which recording, in one line; how it ended; nothing is left to replay."""
    said = first_up[1]
    assert "Replaying a small recording that was made up (PyPI has not helped: " in said
    rows = dict(re.findall(r"^(Orders|Trades|Fills|Violations) +(?:[\d,]+/s +)?([\d,]+)$", said, re.MULTILINE))
    there = status(first_up[0])["rows"]
    assert {name: rows[name] for name in ("Orders", "Trades", "Fills")} == {
        name: f"{there[f'trading.{name.lower()}']:,}" for name in ("Orders", "Trades", "Fills")
    }
    assert rows["Violations"] == "0"
    assert "Replay all of it" not in said


def test_second_up_changes_nothing(home: Path) -> None:
    """It says that it is running, and how to look for oneself."""
    before = status(home)
    again = run(home, "up")
    assert again.returncode == OK
    assert "is running" in again.stdout
    assert before["psql"] in again.stdout
    after = status(home)
    # How it is may be otherwise a moment later.
    assert {**after, "bytes": 0, "monitoring": 0} == {**before, "bytes": 0, "monitoring": 0}


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
        "out of order": ([HEADER, bad, good], "line 3 is out of order"),
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


def test_a_gap_is_counted_or_refused(home: Path, tmp_path: Path) -> None:
    """Who says that a market never sleeps is told where it did; nobody else is held up by it."""
    (tmp_path / "bars.csv").write_text("\n".join([HEADER, BAR.format(at=AT + 600), BAR.format(at=AT + 720)]) + "\n")
    before = status(home)["rows"]["market.price_history"]
    never = run(home, "load", "bars", str(tmp_path / "bars.csv"), "--max-gap", "1 minute")
    refused(never, REFUSED, "Nothing was loaded", "there is a gap before line")
    assert status(home)["rows"]["market.price_history"] == before
    ran = run(home, "load", "bars", str(tmp_path / "bars.csv"), COLUMNS="200")
    assert ran.returncode == OK, ran.stderr
    assert "2 loaded, 0 already there, 1 gaps" in ran.stdout
    assert status(home)["rows"]["market.price_history"] == before + 2


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
    running = server_of(home)
    before = status(home)["rows"]
    databases.add_test_tools(running, "tradebase")
    failed = []
    for file in sorted((databases.PROJECT / "tests").glob("**/*.sql")):
        if tap.wants_history(file):
            continue
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


def test_missing_recording(open_folder: Path) -> None:
    """So is a recording."""
    ran = run(open_folder / "missing", "up", "--orders", "/nonexistent/orders.csv")
    refused(ran, REFUSED, "/nonexistent/orders.csv does not exist")
    assert not (open_folder / "missing/cluster").exists()


# Which recording `up` replays. The first part of up is the same: what follows is asked of the functions behind it.


@pytest.fixture
def recording_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home of nobody, without a file of order flow and without PyPI."""
    for name, value in {"TRADEBASE_HOME": str(tmp_path / "home"), "TRADEBASE_DATA": "/nonexistent", **NO_PYPI}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_a_recording_is_the_users_else_real_else_made_up(
    recording_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the user names goes before the real file, that before PyPI; whatever it was stays until it is done."""
    file, name = up.recording_of(None)
    assert file == recording_home / "recording/made-up/orders.csv"
    assert "made up (PyPI has not helped: " in name
    assert (file.read_text(), file.with_name("trades.csv").read_text()) == sample.recording()

    real = tmp_path / "data" / up.REAL["orders"]
    real.parent.mkdir()
    real.touch()
    monkeypatch.setenv("TRADEBASE_DATA", str(real.parent))
    assert up.recording_of(None) == (file, f"{file} (as before)")
    (recording_home / "recording/chosen").unlink()
    assert up.recording_of(None) == (real, f"{real} (real)")
    named = tmp_path / "named.csv"
    named.touch()
    assert up.recording_of(named) == (named, str(named))
    assert up.recording_of(None) == (named, f"{named} (as before)")


def test_a_package_that_is_not_what_it_was_is_refused(recording_home: Path, tmp_path: Path, monkeypatch) -> None:
    """A wheel without the files, or with others in it, is not used; what pip has to say is told."""
    wheel = tmp_path / "ob_analytics-0.1.0-py3-none-any.whl"
    monkeypatch.setattr(recordings, "downloaded", lambda _: wheel)
    wheel.write_bytes(b"no wheel")
    assert "is not what it was: File is not a zip file" in recordings.without_a_file(recording_home)[1]
    for content, said in (({}, "no item named"), (dict.fromkeys(recordings.FILES, b"x"), "its sha256 is 2d711642b726")):
        with zipfile.ZipFile(wheel, "w") as packed:
            for name, data in content.items():
                packed.writestr(f"{recordings.FOLDER}/{name}", data)
        file, name = recordings.without_a_file(recording_home)
        assert said in name
        assert file == recording_home / "made-up/orders.csv"
        assert not (recording_home / "pypi").exists()


def test_pypi_has_the_real_recording(recording_home: Path, database, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip fetches it once, unless this machine has no network; its beginning replays, its trades found beside it."""
    for name in NO_PYPI:
        monkeypatch.delenv(name)
    try:
        file = recordings.fetch(recording_home)
    except Problem as problem:
        pytest.skip(f"PyPI is out of reach: {problem}")
    assert hashlib.sha256(file.read_bytes()).hexdigest().startswith("880501e94fb43942b7f98cbc37bab421")
    monkeypatch.setattr(recordings, "downloaded", lambda _: pytest.fail("fetched twice"))
    assert recordings.fetch(recording_home) == file
    with database.connect() as owner:
        report = replays.replay(owner, file, "bitstamp-l3", limit=100)
    assert (report["events"], report["of"], report["orders"]) == (100, 314_057 + 284, 100)
    assert report["violated"] == {}
    shown = Console(record=True, width=200, file=io.StringIO())
    replays.show(shown, report)
    assert f"Replay all of it: .venv/bin/tradebase replay {file} --format bitstamp-l3" in shown.export_text()


def test_replay_from_the_command_line(home: Path, tmp_path: Path) -> None:
    """Again: nothing is sent; a wrong format is a wrong command line; another file is refused with its line."""
    recorded = str(home / "recording/made-up/orders.csv")
    before = status(home)["rows"]
    ran = run(home, "replay", recorded, "--format", "bitstamp-l3", "--json")
    assert ran.returncode == OK, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["events_now"], report["violated"]) == (0, {})
    assert report["orders"] == before["trading.orders"]
    refused(run(home, "replay", recorded, "--format", "nonsense"), USAGE, "bitstamp-l3 or binance-trades")
    refused(
        run(home, "replay", recorded, "--format", "binance-trades"),
        REFUSED,
        "orders.csv, line 1",
        "expected the header",
    )
    (tmp_path / "orders.csv").write_text(f"{HEADER}\n")
    refused(
        run(home, "replay", str(tmp_path / "orders.csv"), "--format", "bitstamp-l3"), REFUSED, "line 1", "Nothing was"
    )
    assert {**status(home)["rows"], "ops.job_runs": 0} == {**before, "ops.job_runs": 0}


def test_seed_from_the_command_line(home: Path) -> None:
    """A database of its own is made and filled once; it is refused again, as are one in use and numbers that lie."""
    few = ("--orders", "200", "--users", "10", "--until", "2026-03-10T12:00:00")
    ran = run(home, "seed", *few, "--json")
    assert ran.returncode == OK, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["orders"], report["open"], report["until"]) == (200, 2, "2026-03-10T12:00:00+00:00")
    with databases.connect(server_of(home), "seed") as admin:
        assert admin.execute("SELECT count(*) FROM trading.orders").fetchone()[0] == 200
    for database in ("seed", "tradebase"):
        refused(
            run(home, "seed", *few, "--database", database), REFUSED, "Nothing was made", "orders or customers' money"
        )
    refused(run(home, "seed", *few, "--open", "200", "--database", "never"), REFUSED, "do not fit")
    with databases.connect(server_of(home)) as admin:
        assert admin.execute("SELECT count(*) FROM pg_database WHERE datname = 'never'").fetchone()[0] == 0
