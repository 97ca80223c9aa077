"""A full disk: of WAL it stops the server, of data a statement, and neither loses what was acknowledged."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tradebase import database as databases
from tradebase import server as servers
from tradebase.bench import real_disk
from tradebase.crashes import Crashes, Notes, compare, send_again, storm_with_kills, unrecorded
from tradebase.embedded import binaries_of, pg_dump
from tradebase.server import Server, client_binaries, durable_server, free_port
from tradebase.stack import parts
from tradebase.storm import CLIENTS, Board, Client, set_up
from tradebase.up import SETTINGS

pytestmark = pytest.mark.xdist_group("full_disk")
DATABASE = "full"
# Nothing is recycled meanwhile: the next segment has to be made, and cannot.
WAL = {"max_wal_size": "1GB", "checkpoint_timeout": "1h"}


def soon(what: Callable[[], object], seconds: float = 60) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest, template) -> Iterator[Server]:
    """Give a durable cluster with the package in it, stopped, for each test to take a copy of."""
    binaries = binaries_of(request.config.option.postgres)
    with durable_server(binaries, real_disk(), SETTINGS | WAL) as server:
        # Roles are not in a dump.
        databases.prepare(server, "roles", test_tools=False)
        databases.sqitch(server, "roles", "deploy", "--to-change", "platform")
        with databases.temporary_clone(template.server, template.name, "of_full_disk") as clone:
            databases.copy(pg_dump(template.server), template.server, clone, server, DATABASE)
        databases.drop(server, "roles")
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            set_up(owner)
        servers.stop(server)
        yield server
        servers.start(server)  # which is stopped again


@contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """Yield a disk in memory with so many bytes, which root alone can make."""
    where = Path(tempfile.mkdtemp(prefix="tradebase-disk-"))
    if os.geteuid() != 0:
        pytest.fail("a disk of its own is needed to fill it, which root alone can mount: run this test as root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs", where], check=True)
    try:
        yield where
    finally:
        subprocess.run(["umount", where], check=True)
        where.rmdir()


@contextmanager
def copied(cluster: Server, home: Path) -> Iterator[Server]:
    """Yield a copy of the cluster that is not started yet; it is stopped afterwards, and its folder removed."""
    subprocess.run(["cp", "-a", f"{cluster.home}/.", home], check=True)
    copy = servers.lay_out(home, Path(cluster.binaries), free_port())
    servers.configure(copy, SETTINGS | WAL)
    try:
        yield copy
    finally:
        if servers.is_running(copy):
            servers.run_pg_ctl(copy, "stop", "-m", "immediate")
        shutil.rmtree(home)


def fill(disk: Path) -> Path:
    """Leave no byte free on a disk, and return what takes them."""
    ballast = disk / "ballast"
    handle = os.open(ballast, os.O_WRONLY | os.O_CREAT)
    try:
        with pytest.raises(OSError, match="No space left"):
            while os.write(handle, bytes(1 << 16)):
                pass
    finally:
        os.close(handle)
    return ballast


def amcheck(server: Server) -> None:
    """Have pg_amcheck read every table, and every index with what is in it."""
    done = subprocess.run(
        [f"{client_binaries()}/pg_amcheck", "--install-missing", "--heapallindexed", "--parent-check", DATABASE],
        env=databases.environment(server, server.superuser),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def clean(crashes: Crashes) -> None:
    """Assert that nothing is lost, doubled or invented, in the books or beside them."""
    for wrong in ("lost", "doubled", "changed", "unsent", "unrecorded", "violations"):
        assert getattr(crashes, wrong) == [], wrong


def test_a_full_disk_of_wal_loses_nothing(cluster: Server, seed: int, tmp_path: Path, tally) -> None:
    """F08: PANIC and no write while there is no room; all that was acknowledged when there is; amcheck is content."""
    home = Path(tempfile.mkdtemp(prefix="tradebase-", dir=real_disk()))
    with small_disk(64 << 20) as disk, copied(cluster, home) as server:
        moved, wal = disk / "pg_wal", Path(server.data, "pg_wal")
        moved.mkdir()
        (moved / "archive_status").mkdir()
        # Of a server that was stopped it needs one segment; those that are made ahead would be room.
        said = subprocess.run(
            [f"{cluster.binaries}/pg_controldata", server.data], check=True, capture_output=True, text=True
        ).stdout
        needed = re.search(r"REDO WAL file: +([0-9A-F]{24})", said)[1]
        shutil.move(wal / needed, moved / needed)
        shutil.rmtree(wal)
        for path in (moved, *moved.iterdir()):
            parts.give(path)
        wal.symlink_to(moved)
        servers.start(server)
        restarts = []

        def until_it_panics(_: Server) -> None:
            fill(disk)
            soon(lambda: "PANIC" in Path(server.log).read_text())

        def make_room(_: Server) -> Server:
            said = Path(server.log).read_text()
            assert 'PANIC:  could not write to file "pg_wal/xlogtemp' in said
            assert "No space left on device" in said
            # Whether it is down or tries to recover, nobody writes.
            with pytest.raises(psycopg.OperationalError):
                databases.connect(server, DATABASE).execute("CREATE TABLE public.written (n integer)")
            if servers.is_running(server):
                servers.run_pg_ctl(server, "stop", "-m", "immediate")
            (disk / "ballast").unlink()
            begun = time.monotonic()
            servers.start(server)
            restarts.append(time.monotonic() - begun)
            return server

        crashes = storm_with_kills(server, DATABASE, seed, 1, tmp_path, make_room, until_it_panics)
        print(
            f"{crashes.outcomes.total()} answered, {crashes.in_flight} in flight, {crashes.arrived} of them committed"
        )
        clean(crashes)
        assert crashes.unexpected == []
        assert sum(n for (_, outcome), n in crashes.outcomes.items() if outcome == "done") > 100
        amcheck(server)
        tally("full disk of WAL", crashes.outcomes.total(), "commands answered, none lost")
        tally("full disk of WAL", round(1000 * restarts[0]), "ms to start once there is room")


def test_a_full_disk_of_data_stops_no_reader(cluster: Server, seed: int, tmp_path: Path, tally) -> None:
    """F09: 53100 for who needs room, no PANIC, readers go on, and writers too when there is room; nothing is lost."""
    used = sum(file.stat().st_blocks * 512 for file in Path(cluster.home).rglob("*") if file.is_file())
    outside = Path(tempfile.mkdtemp(prefix="tradebase-", dir=real_disk()))
    outside.chmod(0o755)
    try:
        with small_disk(used + (64 << 20)) as disk, copied(cluster, disk / "home") as server:
            # Its WAL is elsewhere, and has room.
            shutil.move(Path(server.data, "pg_wal"), outside / "pg_wal")
            for path in (outside / "pg_wal", *(outside / "pg_wal").iterdir()):
                parts.give(path)
            Path(server.data, "pg_wal").symlink_to(outside / "pg_wal")
            # And so is its log: who reads it wants to know.
            server_log = outside / "postgresql.log"
            Path(server.log).unlink(missing_ok=True)
            server_log.touch()
            parts.give(outside)
            parts.give(server_log)
            Path(server.log).symlink_to(server_log)
            servers.start(server)
            crashes, refused = storm_on(server, disk, seed, tmp_path)
            clean(crashes)
            assert "PANIC" not in server_log.read_text()
            assert "automatic recovery in progress" not in server_log.read_text()
            amcheck(server)
            tally("full disk of data", refused, "commands refused by 53100")
    finally:
        shutil.rmtree(outside)


def storm_on(server: Server, disk: Path, seed: int, folder: Path) -> tuple[Crashes, int]:
    """Let a storm rage while its disk fills and empties; return what came of it, and how many were refused for it."""
    board, over = Board(), []
    clients = [Client(number, seed, board, Notes(folder / f"{number}.jsonl")) for number in range(1, CLIENTS + 1)]

    def connect() -> psycopg.Connection:
        return databases.connect(server, DATABASE, databases.OWNER)

    def refused() -> int:
        return sum(n for client in clients for (_, outcome), n in list(client.outcomes.items()) if outcome == "53100")

    def done() -> int:
        return sum(n for client in clients for (_, outcome), n in list(client.outcomes.items()) if outcome == "done")

    with ThreadPoolExecutor(CLIENTS) as threads:
        running = [threads.submit(client.run, connect, lambda _: not over) for client in clients]
        try:
            soon(lambda: done() > 200)
            ballast = fill(disk)
            soon(lambda: refused() > 50)
            with connect() as reader:
                assert reader.execute("SELECT count(*) FROM trading.orders").fetchone()[0] > 0
                assert reader.execute("SELECT count(*) FROM api.assets").fetchone()[0] > 0
            ballast.unlink()
            before = done()
            soon(lambda: done() > before + 200)
        finally:
            over.append(True)
        for thread in running:
            thread.result()
    # Whatever else was refused was allowed to be.
    assert [said for client in clients for said in client.unexpected if ": 53100 " not in said] == []
    crashes, noted = Crashes(), [line for client in clients for line in client.note.read()]
    with connect() as owner:
        owner.execute("ANALYZE")
        there = compare(owner, crashes, noted)
        crashes.unrecorded += unrecorded(owner, noted, there)
        send_again(owner, crashes, noted, clients[0])
        compare(owner, crashes, noted)
    return crashes, refused()
