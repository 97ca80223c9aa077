"""Measurements on a cluster of their own, each beside a yardstick: what the same machine does without us."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil
import psycopg
import pygal
from rich.console import Console
from rich.table import Table

from tradebase import ENVIRONMENT, OK, REFUSED, Problem
from tradebase import database as databases
from tradebase.server import Server, durable_server, installed_binaries, refuse_full_disk
from tradebase.up import ROOM, SETTINGS

DATABASE = "bench"
SETTINGS_THAT_MATTER = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
COLUMNS = {  # of the printed table: what a figure may have, and its heading
    "value": "median",
    "unit": "of",
    "ratio": "ratio",
    "ratio_min": "min",
    "ratio_max": "max",
    "target": "target",
    "most": "at most",
    "cpu_us": "CPU µs",
    "p50_ms": "p50 ms",
    "p95_ms": "p95 ms",
    "p99_ms": "p99 ms",
}


def disk_folder() -> Path:
    """Return the folder in which clusters on a disk are made."""
    return Path(os.environ.get("TRADEBASE_HOME", "/var/tmp"))  # noqa: S108 (mkdtemp makes a folder of its own in it)


def real_disk(room: int = ROOM) -> Path:
    """Return that folder with `room` bytes free; ENVIRONMENT where it is memory or full."""
    folder = disk_folder()
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    within = [(len(where), kind) for _, where, kind, *_ in mounts if folder.resolve().is_relative_to(where)]
    if max(within)[1] in ("tmpfs", "ramfs"):
        raise Problem(f"{folder} is memory, not a disk: set TRADEBASE_HOME to a directory on a disk.", ENVIRONMENT)
    refuse_full_disk(folder, room)
    return folder


@contextmanager
def deployed(room: int = ROOM, settings: dict[str, str] | None = None) -> Iterator[Server]:
    """Yield a durable cluster on a disk with `room` bytes free, and our database in it; nothing is left of it."""
    with durable_server(installed_binaries(), real_disk(room), SETTINGS | (settings or {})) as server:
        databases.prepare(server, DATABASE, test_tools=False)
        databases.sqitch(server, DATABASE, "deploy")
        yield server


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds the work took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def spread(values: list[float], unit: str) -> dict[str, object]:
    """Return median, minimum and maximum of the runs."""
    return {"value": median(values), "min": min(values), "max": max(values), "unit": unit}


def ratio(pairs: list[float], target: float | None = None) -> dict[str, object]:
    """Return the median ratio of the pairs with minimum and maximum, and whether it reaches the target."""
    found = {"ratio": median(pairs), "ratio_min": min(pairs), "ratio_max": max(pairs)}
    return found | ({} if target is None else {"target": target, "met": median(pairs) >= target})


def growth(pairs: list[float], most: float | None = None) -> dict[str, object]:
    """Return the median of how many times more it takes, with minimum and maximum, and whether it stays below."""
    found = {"ratio": median(pairs), "ratio_min": min(pairs), "ratio_max": max(pairs)}
    return found | ({} if most is None else {"most": most, "met": median(pairs) <= most})


def backend_cpu(connection: psycopg.Connection) -> float:
    """Return the CPU seconds, user and system, of a connection's backend so far."""
    return sum(psutil.Process(connection.info.backend_pid).cpu_times()[:2])


def conditions_of(admin: psycopg.Connection) -> dict[str, object]:
    """Return the server version, the settings that matter and the cores."""
    settings = {name: admin.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS_THAT_MATTER}
    return {"server": admin.info.parameter_status("server_version"), "settings": settings, "cores": os.cpu_count()}


def show(console: Console, result: dict[str, object]) -> None:
    """Print the figures for a person."""
    rows = [{"name": "yardstick"} | result["yardstick"]["rate"], *result["figures"]]
    columns = {key: heading for key, heading in COLUMNS.items() if any(key in row for row in rows)}
    table = Table(box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    for key, heading in columns.items():
        table.add_column(heading, justify="left" if key == "unit" else "right", no_wrap=True)
    for row in rows:
        table.add_row(row["name"], *(cell(row.get(key)) for key in columns))
    console.print(table)
    console.print(f"Yardstick: {result['yardstick']['name']}.", highlight=False)


def draw(result: dict[str, object], file: Path) -> None:
    """Draw the ratios to the yardstick, each beside its target, as an SVG file."""
    figures = [figure for figure in reversed(result["figures"]) if "ratio" in figure]
    chart = pygal.HorizontalBar(
        title=f"tradebase bench {result['bench']}: times {result['yardstick']['name']}",
        height=200 + 40 * len(figures),
        js=[],  # a file that fetches nothing
        print_values=True,
        value_formatter=cell,
    )
    chart.x_labels = [figure["name"] for figure in figures]
    chart.add("target", [figure.get("target", figure.get("most")) for figure in figures])
    chart.add("measured", [figure["ratio"] for figure in figures])
    chart.render_to_file(str(file))


def cell(value: object) -> str:
    """Return a number with two decimals, a large one without, anything else as it is."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 1000 else f"{value:,.2f}"
    return "" if value is None else str(value)


def verdict(result: dict[str, object]) -> int:
    """Return the exit code: REFUSED when a figure misses its target."""
    return OK if all(figure.get("met", True) for figure in result["figures"]) else REFUSED
