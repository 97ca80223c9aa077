"""Restoring from each repository beside a copy of the same directory with fsync; and what a lost machine would cost."""

import os
import shutil
import threading
import time
from pathlib import Path

from rich.progress import Progress

from tradebase import database as databases
from tradebase import server as servers
from tradebase.backup.pgbackrest import STANZA, Repositories, repositories
from tradebase.bench import SETTINGS, conditions_of, growth, ratio, real_disk, spread, timed
from tradebase.server import Server, durable_server, installed_binaries

TARGET = 0.3  # of the rate of the copy
MOST = 10.0  # seconds of commits that are in no repository
ROW = 1000  # bytes of a row, near enough: half of it compresses
FILL = """
INSERT INTO filling SELECT g.n, repeat(md5(g.n::text), 8) || (SELECT string_agg(md5(random()::text), '')
FROM generate_series(1, 16) WHERE g.n > 0) FROM generate_series(1, %s) AS g (n)
"""
WRITE = """
WITH new AS (INSERT INTO load SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 10) AS n)
SELECT pg_walfile_name(pg_current_wal_insert_lsn())
"""


def restore(megabytes: int, rounds: int, seconds: float, progress: Progress) -> dict[str, object]:
    """Measure both in one run: a cluster of so many megabytes, and so many seconds of load."""
    task = progress.add_task("Bench restore", total=3 * rounds + 4, note="filling")

    def advance(words: str) -> None:
        progress.update(task, advance=1, note=words)

    room = (8 * megabytes << 20) + (2 << 30)
    with durable_server(installed_binaries(), real_disk(room), SETTINGS | {"max_wal_size": "4GB"}) as server:
        folder = Path(server.home)
        with databases.connect(server) as admin:
            admin.execute("CREATE TABLE filling (n bigint, words text)")
            for _ in range(max(megabytes // 100, 1)):
                admin.execute(FILL, [min(megabytes, 100) * (1 << 20) // ROW])
            admin.execute("CHECKPOINT")
            conditions = conditions_of(admin)
        with repositories(folder / "backup", server) as made:
            advance("loading, to see what is in no repository")
            behind = exposed(server, made, seconds)
            size, rates = 0, {"copy": [], 1: [], 2: []}
            for repository in (1, 2):
                advance(f"backing up into repository {repository}")
                made.run("full", repository)
                size = made.backups(repository)[-1]["info"]["size"]
            for n in range(rounds):
                # In turns, so that a disk that slows down slows both.
                for what in ("copy", 1, 2):
                    advance(f"{what}, round {n + 1} of {rounds}")
                    rates[what].append(size / timed_restore(server, made, what, folder / "round"))
    figures = [
        {
            "name": f"repository {number}",
            **spread([rate / 1e6 for rate in rates[number]], "MB/s"),
            **ratio([mine / copy for mine, copy in zip(rates[number], rates["copy"], strict=True)], TARGET),
        }
        for number in (1, 2)
    ]
    figures += [
        {"name": f"s/GB from repository {number}", **spread([1e9 / rate for rate in rates[number]], "s/GB")}
        for number in (1, 2)
    ]
    figures += [
        {"name": f"in no segment of repository {number}", **spread([worst], "s"), **growth([worst], MOST)}
        for number, worst in behind.items()
    ]
    return {
        "bench": "restore",
        "conditions": conditions | {"bytes": size, "rounds": rounds, "seconds": seconds},
        "yardstick": {
            "name": "copying the same data directory, each file and folder with fsync",
            "rate": spread([rate / 1e6 for rate in rates["copy"]], "MB/s"),
        },
        "figures": figures,
    }


def timed_restore(server: Server, made: Repositories, what: str | int, into: Path) -> float:
    """Return the seconds of a copy, or of a restore up to the first write; nothing is left of either."""
    drop_caches()
    try:
        if what == "copy":
            return timed(lambda: copy_with_fsync(Path(server.data), into))
        restored = []
        seconds = timed(lambda: restored.append(made.restore(what, None, into)))
        servers.stop(restored[0])
        return seconds
    finally:
        shutil.rmtree(into)


def drop_caches() -> None:
    """Have both read from the disk, where that is ours to say."""
    os.sync()
    caches = Path("/proc/sys/vm/drop_caches")
    if os.access(caches, os.W_OK):
        try:
            caches.write_text("3")
        except OSError:  # a container's root may not
            return


def copy_with_fsync(source: Path, into: Path) -> None:
    """Copy a directory without its WAL and make each file of it durable, as a restore does."""
    for folder, folders, files in os.walk(source):
        folders[:] = [name for name in folders if name != "pg_wal"]
        there = into / Path(folder).relative_to(source)
        there.mkdir()
        for name in files:
            if name == "postmaster.pid":
                continue
            shutil.copyfile(Path(folder, name), there / name)
            sync(there / name)
    for folder, _, _ in os.walk(into):
        sync(Path(folder))


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def exposed(server: Server, made: Repositories, seconds: float) -> dict[int, float]:
    """Return by repository the most seconds of commits that a lost machine would have lost, under load."""
    commits: list[tuple[float, str]] = []  # when a commit was acknowledged, and the segment it is in
    over = threading.Event()

    def write() -> None:
        with databases.connect(server) as admin:
            admin.execute("CREATE TABLE load (n bigint, words text)")
            while not over.is_set():
                (segment,) = admin.execute(WRITE).fetchone()
                commits.append((time.monotonic(), segment))

    writer = threading.Thread(target=write)
    writer.start()
    worst, until = {1: 0.0, 2: 0.0}, time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            for number in worst:
                # By the names on the disk: who asks pgBackRest gets its answer a second late.
                files = made.repository(number).glob(f"archive/{STANZA}/*/*/*.zst")
                there = {file.name[:24] for file in files}
                now = time.monotonic()
                first = next((at for at, segment in list(commits) if segment not in there), now)
                worst[number] = max(worst[number], now - first)
            time.sleep(0.1)
    finally:
        over.set()
        writer.join()
    return worst
