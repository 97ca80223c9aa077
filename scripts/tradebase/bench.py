"""Measurements on a cluster of their own, each beside a yardstick: what the same machine does without us."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tradebase import ENVIRONMENT, OK, REFUSED, Problem, load, sample
from tradebase import database as databases
from tradebase import up as ups
from tradebase.server import durable_server, installed_binaries, refuse_full_disk

DATABASE = "bench"
BARS_TARGET = 0.4  # of the yardstick's rate
SETTINGS_THAT_MATTER = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
SAMPLE_MINUTES = 60_000  # of two markets: about as many bars as in the real file

# The same columns, CHECKs, indexes and foreign keys; no partitions, no row level security, and a superuser's COPY.
YARDSTICK = """
CREATE TABLE yardstick (LIKE market.price_history INCLUDING ALL);
ALTER TABLE yardstick ADD FOREIGN KEY (market_id) REFERENCES market.markets (id);
"""


def disk_folder() -> Path:
    """Return the folder in which clusters on a disk are made."""
    return Path(os.environ.get("TRADEBASE_HOME", "/var/tmp"))  # noqa: S108 (mkdtemp makes a folder of its own in it)


def real_disk() -> Path:
    """Return that folder; ENVIRONMENT where it is memory or full."""
    folder = disk_folder()
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    within = [(len(where), kind) for _, where, kind, *_ in mounts if folder.resolve().is_relative_to(where)]
    if max(within)[1] in ("tmpfs", "ramfs"):
        raise Problem(f"{folder} is memory, not a disk: set TRADEBASE_HOME to a directory on a disk.", ENVIRONMENT)
    refuse_full_disk(folder, ups.ROOM)
    return folder


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds the work took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(values: list[float], unit: str) -> dict[str, object]:
    """Return median, minimum and maximum of the runs."""
    return {"value": median(values), "min": min(values), "max": max(values), "unit": unit}


def bars_input() -> tuple[str, bytes, Iterator[bytes]]:
    """Return the name of the bars, their bytes, and the instrument file that goes with them."""
    instruments, _ = ups.source_of("instruments", None)
    file, name = ups.source_of("bars", None)
    if file is None or instruments is None:
        return "a set that was made up", b"".join(sample.bars(SAMPLE_MINUTES)), sample.instruments()
    return name, b"".join(load.chunks(file, lambda _: None)), load.chunks(instruments, lambda _: None)


def bars(rounds: int, progress: Progress) -> dict[str, object]:
    """Load the bars and COPY the same rows in turn; the figure is the ratio of the rates, pair by pair."""
    name, content, instruments = bars_input()
    task = progress.add_task("Bench bars", total=rounds + 1, note="deploying")
    with durable_server(installed_binaries(), real_disk(), ups.SETTINGS) as server:
        databases.prepare(server, DATABASE, test_tools=False)
        databases.sqitch(server, DATABASE, "deploy")
        with (
            databases.connect(server, DATABASE, databases.OWNER) as owner,
            databases.connect(server, DATABASE) as admin,
        ):
            load.load(owner, "instruments", instruments)
            # The first load makes the leaves and is not counted.
            report = load.load(owner, "bars", iter([content]))[0]
            rows = report["bars_loaded"]
            admin.execute(YARDSTICK)
            with admin.cursor().copy("COPY (SELECT * FROM market.price_history) TO STDOUT") as out:
                resolved = b"".join(bytes(chunk) for chunk in out)

            def load_once() -> float:
                admin.execute("TRUNCATE market.price_history")
                admin.execute("CHECKPOINT")
                return timed(lambda: load.load(owner, "bars", iter([content])))

            def copy_once() -> float:
                admin.execute("TRUNCATE yardstick")
                admin.execute("CHECKPOINT")
                return timed(lambda: load.copy(admin, "COPY yardstick FROM STDIN", iter([resolved])))

            copy_once()
            progress.update(task, advance=1, note="")
            ours, first, second = [], [], []
            for _ in range(rounds):
                first.append(copy_once())
                ours.append(load_once())
                second.append(copy_once())
                progress.update(task, advance=1, note=f"{rows / ours[-1]:,.0f} bars/s")
            conditions = conditions_of(admin) | {
                "clients": 1,
                "rows": rows,
                "input": name,
                "leaves": "made before, emptied between the runs",
                "rounds": rounds,
            }
    ratios = [copied / loaded for copied, loaded in zip(first, ours, strict=True)]
    control = [one / other for one, other in zip(first, second, strict=True)]
    return {
        "bench": "bars",
        "conditions": conditions,
        "yardstick": {
            "name": "a superuser's COPY of the same rows into a table with the same indexes, foreign keys and CHECKs",
            "rate": spread([rows / seconds for seconds in first], "rows/s"),
        },
        "figures": [
            {
                "name": "market.load_bars",
                **spread([rows / seconds for seconds in ours], "rows/s"),
                "ratio": median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
                "target": BARS_TARGET,
                "met": median(ratios) >= BARS_TARGET,
            },
            {"name": "yardstick against itself", **spread(control, "ratio"), "ratio": median(control)},
        ],
    }


def conditions_of(admin: psycopg.Connection) -> dict[str, object]:
    """Return the server version, the settings that matter and the cores."""
    settings = {name: admin.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS_THAT_MATTER}
    return {"server": admin.info.parameter_status("server_version"), "settings": settings, "cores": os.cpu_count()}


def show(console: Console, result: dict[str, object]) -> None:
    """Print the figures for a person."""
    table = Table("", "median", "min", "max", "unit", "ratio", "target", box=None, pad_edge=False)
    rate = result["yardstick"]["rate"]
    for figure in [{"name": "yardstick", **rate}, *result["figures"]]:
        numbers = [f"{figure[key]:,.2f}" for key in ("value", "min", "max")]
        ratio = f"{figure['ratio']:.2f}" if "ratio" in figure else ""
        table.add_row(figure["name"], *numbers, figure["unit"], ratio, str(figure.get("target", "")))
    console.print(table)
    console.print(f"Yardstick: {result['yardstick']['name']}.", highlight=False)


def verdict(result: dict[str, object]) -> int:
    """Return the exit code: REFUSED when a figure misses its target."""
    return OK if all(figure.get("met", True) for figure in result["figures"]) else REFUSED
