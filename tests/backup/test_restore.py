"""Back to a time, an LSN, a transaction or a named mark, into a fresh folder; what cannot be is said, with what can."""

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from archived import Archive, marks_in

from tradebase import ENVIRONMENT, REFUSED, Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase.backup.pgbackrest import Target, make_folder
from tradebase.embedded import binaries_of
from tradebase.server import free_port, temporary_server

pytestmark = pytest.mark.xdist_group("backup")
KINDS = ("time", "lsn", "xid", "name")


def exact(archive: Archive, rng: random.Random, count: int) -> None:
    """Restore to random marks and see that each brings back just what was committed up to it."""
    # Each kind comes, from each repository, before and after the differential backup.
    kinds = [KINDS[n % len(KINDS)] for n in range(count)]
    for n, kind in enumerate(kinds):
        mark, repository = rng.choice(archive.marks[:-1]), 1 + n % 2
        if n < 2:  # a transaction and a mark before the newest backup are found in the one before it
            mark, repository, kind = rng.choice(archive.marks[:10]), 1, ("xid", "name")[n]
        restored = archive.repositories.restore(repository, mark.target(kind), archive.fresh())
        try:
            assert marks_in(restored) == list(range(1, mark.n + 1)), (kind, repository, mark)
            with databases.connect(restored) as admin:
                assert admin.execute("SHOW archive_mode").fetchone() == ("off",)
                assert admin.execute("SHOW port").fetchone() == (str(restored.port),) != (str(archive.server.port),)
        finally:
            servers.stop(restored)
            shutil.rmtree(restored.home)


def test_random_targets_are_met_exactly(archive: Archive, seed: int) -> None:
    """G06: every commit up to the target is there, and none after it."""
    exact(archive, random.Random(seed), 5)  # noqa: S311


@pytest.mark.full
def test_twenty_random_targets_are_met_exactly(archive: Archive, seed: int) -> None:
    """G06, at its full number."""
    exact(archive, random.Random(seed), 20)  # noqa: S311


@pytest.mark.parametrize("repository", [1, 2])
def test_the_newest_is_all_there_is(archive: Archive, repository: int) -> None:
    """Without a target a cluster comes back as far as there is WAL, and the live one goes on beside it."""
    restored = archive.repositories.restore(repository, None, archive.fresh())
    try:
        assert marks_in(restored) == [mark.n for mark in archive.marks]
        assert marks_in(archive.server) == [mark.n for mark in archive.marks]
    finally:
        servers.stop(restored)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (Target("time", "2020-01-01 00:00:00+00"), "before the oldest backup"),
        (Target("time", "2099-01-01 00:00:00+00"), "the last commit there is from"),
        (Target("lsn", "0/1"), "before the oldest backup"),
        (Target("lsn", "FF/FF"), "the last commit there is from"),
        (Target("xid", "4000000000"), "the last commit there is from"),
        (Target("name", "never made"), "the last commit there is from"),
    ],
    ids=["too early", "too late", "lsn too early", "lsn too late", "no such transaction", "unknown mark"],
)
def test_what_is_not_in_the_archive_is_refused_with_what_is(archive: Archive, target: Target, says: str) -> None:
    """What can be restored instead is named, and nothing is left of the attempt."""
    into = archive.fresh()
    with pytest.raises(Problem, match=says) as refused:
        archive.repositories.restore(2, target, into)
    assert refused.value.code == REFUSED
    assert str(target) in str(refused.value)
    oldest = archive.repositories.backups(2)[0]
    assert oldest["lsn"]["stop"] in str(refused.value)
    assert not into.exists()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("time", "2026-11-30 14:00:00"),
        ("time", "yesterday"),
        ("lsn", "3000060"),
        ("xid", "-1"),
        ("name", ""),
        ("day", "1"),
    ],
)
def test_what_is_no_target_is_refused(kind: str, value: str) -> None:
    """A time without its zone would be another one at another place."""
    with pytest.raises(Problem, match=r"expected|no target by") as refused:
        Target(kind, value)
    assert refused.value.code == REFUSED


def test_nothing_is_restored_over_something(archive: Archive) -> None:
    """Neither onto a server that runs nor into a folder that holds anything, and nothing of it is touched."""
    made = archive.repositories
    used = archive.fresh()
    used.mkdir()
    (used / "mine").write_text("kept")
    for into, says in (
        (used, "is not empty"),
        (Path(archive.server.home), "A server runs in"),
        (used / "mine", "not empty"),
    ):
        with pytest.raises(Problem, match=says) as refused:
            made.restore(1, None, into)
        assert refused.value.code == REFUSED
    assert (used / "mine").read_text() == "kept"
    assert marks_in(archive.server) == [mark.n for mark in archive.marks]


def test_a_repository_that_is_missing_names_the_other(archive: Archive) -> None:
    """Whoever restores is told where else to."""
    made = archive.repositories
    away = made.first.with_name("away")
    made.first.rename(away)
    try:
        with pytest.raises(
            Problem, match=r"Repository 1 has no such stanza.*Repository 2 reaches from .* take that"
        ) as refused:
            made.restore(1, None, archive.fresh())
        assert refused.value.code == REFUSED
    finally:
        away.rename(made.first)


def test_a_repository_of_another_system_is_refused(archive: Archive, request: pytest.FixtureRequest) -> None:
    """System identifiers are compared before anything is copied."""
    made, into = archive.repositories, archive.fresh()
    known = made.state
    with temporary_server(binaries_of(request.config.option.postgres)) as other:
        made.remember(home=other.home, data=other.data, port=other.port, socket=other.socket)
        try:
            with pytest.raises(Problem, match=r"is of system .*, the cluster here is") as refused:
                made.restore(1, None, into)
            assert refused.value.code == REFUSED
        finally:
            (made.folder / "state.json").write_text(json.dumps(known))
    assert not into.exists()


def test_a_destroyed_database_comes_back_from_repository_2_alone(archive: Archive) -> None:
    """As docs/recovery.md says it, by the keeper, who can read nothing of the database's machine."""
    made, into = archive.repositories, archive.fresh()
    made.seal()
    made.stop()
    user = made.user("keeper")
    make_folder(into, user)
    data, binaries = into / "data", archive.server.binaries
    make_folder(data, user)
    control = [*made.prefix("keeper"), f"{binaries}/pg_ctl", "-D", str(data), "-w"]
    try:
        # The archiver of the live one waits for the receiver; what it has is in the repository already.
        lines = made.attempt("keeper", "--reset-pg1-host", f"--pg1-path={data}", "--archive-mode=off", "restore")
        assert lines.returncode == 0, lines.stdout
        port = free_port()
        options = f"-c archive_mode=off -c ssl=off -c hot_standby=off -c unix_socket_directories={into} -c port={port}"
        started = subprocess.run(
            [*control, "-l", str(into / "log"), "-o", options, "start"], stdout=subprocess.DEVNULL, check=False, cwd="/"
        )
        assert started.returncode == 0, (into / "log").read_text()
        found = soon(lambda: marks_at(into, port))
        assert found == [mark.n for mark in archive.marks]
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], capture_output=True, check=False, cwd="/")
        made.start()
    assert made.verify(2) == []


def marks_at(socket: Path, port: int) -> list[int] | None:
    """Return the marks in a cluster that may still be on its way; None then."""
    with (
        suppress(psycopg.OperationalError),
        psycopg.connect(host=str(socket), port=port, dbname="postgres", user="postgres") as admin,
    ):
        return [n for (n,) in admin.execute("SELECT n FROM marks ORDER BY n")]
    return None


def soon(what: Callable[[], object], seconds: float = 60) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while (found := what()) is None:
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_no_room_is_seen_before_anything_is_copied(archive: Archive) -> None:
    """A disk that is too small is named, with what is needed."""
    small = archive.fresh()
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", small], check=True)
    try:
        with pytest.raises(Problem, match=r"MB free, .* MB are restored") as refused:
            archive.repositories.restore(1, None, small / "into")
        assert refused.value.code == ENVIRONMENT
        assert [*small.iterdir()] == []
    finally:
        subprocess.run(["umount", small], check=True)
