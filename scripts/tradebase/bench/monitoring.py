"""What it costs the server to be watched: the exporter's backends, while orders are placed as fast as they can be."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
from rich.progress import Progress

from tradebase import bench
from tradebase import database as databases
from tradebase.bench import DATABASE, conditions_of, exchange, growth, pgbench, spread
from tradebase.server import GIB, Server, free_port
from tradebase.stack import monitoring as watching
from tradebase.stack import parts

SUBJECT = exchange.SUBJECTS["place-over-8"]
MOST = 0.01  # of the CPU that the server spends


def monitoring(rounds: int, seconds: int, every: int, users: int, progress: Progress) -> dict[str, object]:
    """Measure in `rounds` slices of orders, while the exporter asks every so many seconds, what its backends spend."""
    task = progress.add_task("Bench monitoring", total=rounds + 1, note="deploying")
    with bench.deployed(GIB, exchange.SETTINGS) as server:
        exchange.prepare(server, DATABASE, users)
        part, url = start_exporter(server)
        try:
            answers = [ask(url)]  # the first of all plans, and fills what is cached
            shares, watched, slices = [], [], []
            for n in range(rounds + 1):
                progress.update(task, note=f"slice {n} of {rounds}")
                before = backends_cpu(server)
                with asked(url, every, answers):
                    one = pgbench.run(
                        server, DATABASE, SUBJECT.script, exchange.CLIENTS, seconds, exchange.ROLE,
                        {"users": users, "markets": SUBJECT.markets, "slots": SUBJECT.slots, "n": 0, "slice": n},
                    )  # fmt: skip
                spent = backends_cpu(server) - before
                progress.update(task, advance=1)
                if n:
                    slices.append(one)
                    watched.append(spent)
                    shares.append(spent / one.cpu)
            with databases.connect(server, DATABASE) as admin:
                conditions = conditions_of(admin) | {
                    "clients": exchange.CLIENTS, "users": users, "rounds": rounds, "seconds": seconds, "every": every,
                    "answers": len(answers),
                    "leaves": admin.execute("SELECT count(*) FROM pg_class WHERE relispartition").fetchone()[0],
                }  # fmt: skip
        finally:
            parts.stop(part)
    return {
        "bench": "monitoring",
        "conditions": conditions,
        "yardstick": {
            "name": "an order placed over 8 markets, and the CPU that the whole server spends meanwhile",
            "rate": spread([one.rate for one in slices], "orders/s") | pgbench.told(slices),
        },
        "figures": [
            {"name": "CPU of the exporter's backends"}
            | spread([spent * 1000 / seconds for spent in watched], "ms/s")
            | growth(shares, MOST),
            {"name": "an answer of the exporter"} | spread([took * 1000 for took in answers[1:]], "ms"),
        ],
    }


def start_exporter(server: Server) -> tuple[parts.Part, str]:
    """Start the exporter beside a server, over its socket and without TLS, and return it and where it answers."""
    watching.make_login(server, DATABASE)
    home, port = Path(server.home) / "exporter", free_port()
    parts.give(home)
    watching.secret(home / watching.QUERIES.name, watching.QUERIES.read_text())
    where = f"host={server.socket} port={server.port} dbname={DATABASE} user={watching.LOGIN} sslmode=disable"
    part = parts.Part("exporter", home, watching.exporter_command(home, port), (("DATA_SOURCE_NAME", where),))
    url = f"http://127.0.0.1:{port}/metrics"

    def answers() -> bool:
        try:
            return "\npg_up 1" in httpx.get(url, trust_env=False, timeout=10).text
        except httpx.HTTPError:
            return False

    parts.start(part, answers)
    return part, url


def ask(url: str) -> float:
    """Ask the exporter as Prometheus does, and return the seconds that it took."""
    return bench.timed(lambda: httpx.get(url, trust_env=False, timeout=10).raise_for_status())


@contextmanager
def asked(url: str, every: float, answers: list[float]) -> Iterator[None]:
    """Have the exporter asked every so many seconds while this lasts, the first time at once."""
    over = threading.Event()

    def go_on() -> None:
        while True:
            answers.append(ask(url))
            if over.wait(every):
                return

    asking = threading.Thread(target=go_on)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()


def backends_cpu(server: Server) -> float:
    """Return the CPU seconds, user and system, of the exporter's backends so far: it keeps its connection."""
    with databases.connect(server) as admin:
        pids = admin.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", [watching.LOGIN]).fetchall()
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for (pid,) in pids)
