"""One cluster and one deployed template per run; every pgTAP file an item, every assertion in it a report."""

import os
import random
import re
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path

import psycopg
import pytest
from pooled import Pooled, pool_of
from stacked import Stacked, stack_up

from tradebase import Problem, tap
from tradebase import database as databases
from tradebase.bench import disk_folder, real_disk
from tradebase.embedded import binaries_of, pg_dump
from tradebase.hosted import hosted_project
from tradebase.postgrest import Rest, rest_api
from tradebase.server import SUPERUSER, Server, durable_server, stop_within, temporary_server
from tradebase.up import SETTINGS as DURABLE

TEMPLATE = "tradebase_template"
SERVER = pytest.StashKey[Server]()
ELAPSED = pytest.StashKey[float]()
EXTENSIONS = pytest.StashKey[set[str]]()
COUNTED = pytest.StashKey[bool]()
clone_numbers = count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the major version of PostgreSQL to test on, whether to run what takes many minutes, and what is drawn."""
    parser.addoption("--postgres", type=int, default=None, help="major version of PostgreSQL (default: the installed)")
    parser.addoption("--full", action="store_true", help="also run what takes many minutes: whole files, killed")
    parser.addoption("--seed", type=int, default=None, help="of random tests (default: 1; with --full any)")
    parser.addoption("--mutant", default="", help="run the mutants whose name contains this, of all that there are")
    parser.addoption("--kills", type=int, default=None, help="of servers in mid-storm (default: 3; with --full 20)")


def is_worker(config: pytest.Config) -> bool:
    """Say whether this process is one of pytest-xdist's workers."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster and deploy the template, once; workers are told where it is."""
    if is_worker(config):
        config.stash[SERVER] = Server(**config.workerinput["server"])
        config.stash[EXTENSIONS] = set(config.workerinput["extensions"])
        return
    if config.option.collectonly or config.option.help or config.option.version:
        return
    # A terminated run stops its server, as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = ExitStack()
    config.add_cleanup(stack.close)
    started = time.monotonic()
    try:
        server = stack.enter_context(temporary_server(binaries_of(config.option.postgres)))
        databases.prepare(server, TEMPLATE)
        databases.sqitch(server, TEMPLATE, "deploy", "--verify")
        config.stash[EXTENSIONS] = databases.extensions(server)
    except Problem as problem:
        pytest.exit(str(problem), returncode=problem.code)
    config.stash[SERVER] = server
    stack.callback(leave_no_durable_cluster, on_disk(server))
    config.stash[ELAPSED] = time.monotonic() - started


def on_disk(server: Server) -> Path:
    """Return the run's own folder on a disk, whether it is there or not: every worker knows it by the server."""
    return disk_folder() / Path(server.home).name


def leave_no_durable_cluster(folder: Path) -> None:
    """Stop and delete what a worker that was killed has left on the disk."""
    stop_within(folder)
    shutil.rmtree(folder, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which server the run is on."""
    if ELAPSED not in config.stash:
        return None
    server = config.stash[SERVER]
    with databases.connect(server) as connection:
        version = connection.info.parameter_status("server_version")
    return (
        f"PostgreSQL {version} in {server.home}: {len(databases.planned_changes())} changes deployed and verified "
        f"in {config.stash[ELAPSED]:.1f} s"
    )


def pytest_configure_node(node) -> None:
    """Tell a worker where the cluster is."""
    node.workerinput["server"] = asdict(node.config.stash[SERVER])
    node.workerinput["extensions"] = sorted(node.config.stash[EXTENSIONS])


# Deselection: a test names the extension it needs, or says that it takes many minutes.


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs an extension that the server has not got, and without --full what takes many minutes."""
    if EXTENSIONS not in config.stash:
        return
    there = config.stash[EXTENSIONS]
    without = [
        item
        for item in items
        if any(mark.args[0] not in there for mark in item.iter_markers("needs_extension"))
        or (item.get_closest_marker("full") and not config.option.full)
    ]
    items[:] = [item for item in items if item not in without]
    if is_worker(config):
        config.workeroutput["deselected"] = [item.nodeid for item in without]
    elif without:
        config.hook.pytest_deselected(items=without)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a pytest-xdist that spreads a group over its workers: its tests share servers, or must not meet."""
    in_a_group = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group")]
    if getattr(session.config.option, "loadgroup", False) and any("@" not in nodeid for nodeid in in_a_group):
        raise pytest.UsageError("this pytest and this pytest-xdist do not keep groups together: see pyproject.toml")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:  # noqa: ARG001
    """Count once what every worker has deselected."""
    config = node.config
    deselected = getattr(node, "workeroutput", {}).get("deselected", [])
    if deselected and not config.stash.get(COUNTED, False):
        config.stash[COUNTED] = True
        config.hook.pytest_deselected(items=deselected)


# What a test counts beside itself (cells, attacks, mutants): it travels in the test's report, from workers too.


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Give what adds to a line at the end: `mutants: 3 killed` for `tally("mutants", 3, "killed")` in any test."""

    def add(subject: str, number: int = 1, what: str = "") -> None:
        request.node.user_properties.append(("tally", (subject, what, number)))

    return add


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say what tests have counted, a line for each subject, after whatever else there is to say."""
    yield
    counted = Counter()
    for report in (report for reports in terminalreporter.stats.values() for report in reports):
        # Those of setup and teardown have the same properties.
        if isinstance(report, pytest.TestReport) and report.when == "call":
            for name, given in report.user_properties:
                if name == "tally":
                    subject, what, number = given
                    counted[subject, what] += number
    for subject in sorted({subject for subject, _ in counted}):
        parts = [f"{number:,} {what}".rstrip() for (of, what), number in sorted(counted.items()) if of == subject]
        terminalreporter.write_line(f"{subject}: {', '.join(parts)}")


# pgTAP files: an item each, a report per assertion.


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect tests/**/*.sql; fixtures are .psql, and contracts want a history: test_contracts.py runs them."""
    is_ours = file_path.suffix == ".sql" and not tap.wants_history(file_path)
    return TapFile.from_parent(parent, path=file_path) if is_ours else None


class TapFile(pytest.File):
    """A pgTAP file for pytest to collect."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the one item that runs the file."""
        yield TapItem.from_parent(self, name="tap")


class TapItem(pytest.Item):
    """The run of one pgTAP file in a clone of its own."""

    def runtest(self) -> None:
        """Never called: pytest_runtest_protocol below runs the file and reports its assertions."""
        raise NotImplementedError


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> bool | None:
    """Run a pgTAP file and report each of its assertions."""
    if not isinstance(item, TapItem):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in tap_reports(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def tap_reports(item: TapItem) -> Iterator[pytest.TestReport]:
    """Run the file of an item in a clone, and yield a report per assertion and one for a file that died."""
    begun = time.time()
    server = item.config.stash[SERVER]
    worker = getattr(item.config, "workerinput", {}).get("workerid", "main")
    try:
        with databases.temporary_clone(server, TEMPLATE, f"tap_{worker}_{next(clone_numbers)}") as clone:
            ran = tap.run_file(server, clone, item.path)
        assertions, why = tap.judge(ran)
        # SELECT diag('tally access 1000 cells') counts as the fixture tally does.
        counted = re.findall(r"^# tally (\w+) (\d+) (\w+)$", ran.stdout, re.MULTILINE)
    except psycopg.Error as error:
        assertions, why, counted = [], f"the clone could not be made or dropped: {error}", []
    outcomes = [(a.number, a.name, a.outcome, "\n".join(a.detail)) for a in assertions]
    if why:
        outcomes.append((0, "the file runs to its planned end", "failed", why))
    tallies = [("tally", (subject, what, int(n))) for subject, n, what in counted]
    for number, name, outcome, detail in outcomes:
        title = f"{number} {name}" if number else name
        yield pytest.TestReport(
            nodeid=item.nodeid,
            location=(item.location[0], None, f"{item.location[0]}: {title}"),
            keywords={},
            outcome=outcome,
            longrepr=(str(item.path), 0, detail) if outcome == "skipped" else detail or None,
            when="call",
            user_properties=[("tap", title), *(tallies if number == 1 else [])],
            start=begun,
            stop=time.time(),
            duration=(time.time() - begun) / len(outcomes),
        )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a TAP report after its assertion. A worker may not: pytest-xdist knows only the names of items."""
    title = dict(report.user_properties).get("tap")
    if title and "PYTEST_XDIST_WORKER" not in os.environ:
        report.nodeid = re.sub(r"::.*", "", report.nodeid) + f"::{title}"


# Fixtures for tests in Python.


@dataclass(frozen=True)
class Database:
    """A clone of the template: the server it is in and its name."""

    server: Server
    name: str

    def connect(self, user: str = databases.OWNER, **options: object) -> psycopg.Connection:
        """Open a connection as the owner (or another login), autocommit unless told otherwise."""
        return databases.connect(self.server, self.name, user, **options)

    def connect_as_superuser(self, **options: object) -> psycopg.Connection:
        """Open a connection as the cluster's superuser."""
        return self.connect(SUPERUSER, **options)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Give what a random test draws from, and say how to draw it again."""
    options = request.config.option
    seed = options.seed or (random.randrange(1, 1 << 32) if options.full else 1)  # noqa: S311 (no secret)
    print(f"Repeat with: ./scripts/test {request.node.nodeid} --seed {seed}{' --full' if options.full else ''}")
    return seed


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest) -> Database:
    """Give the deployed template itself, to be cloned."""
    return Database(request.config.stash[SERVER], TEMPLATE)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give a clone of the deployed template, dropped after the test."""
    server = request.config.stash[SERVER]
    with databases.temporary_clone(server, TEMPLATE, f"py_{worker(request)}_{next(clone_numbers)}") as name:
        yield Database(server, name)


def worker(request: pytest.FixtureRequest) -> str:
    """Return the name of pytest-xdist's worker that this process is."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@contextmanager
def shared_clone(request: pytest.FixtureRequest, name: str) -> Iterator[Database]:
    """Yield a clone of the deployed template that many tests of a worker share: each brings users of its own."""
    server = request.config.stash[SERVER]
    with databases.temporary_clone(server, TEMPLATE, f"{name}_{worker(request)}") as clone:
        yield Database(server, clone)


@pytest.fixture(scope="module")
def rolled_back(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give one clone to all tests of a module that take back whatever they do."""
    with shared_clone(request, request.module.__name__.rpartition(".")[2]) as database:
        yield database


@pytest.fixture(scope="session")
def rest_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give one clone to all tests that go through PostgREST."""
    with shared_clone(request, "rest") as database:
        yield database


@pytest.fixture(scope="session")
def attacked_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Give one clone to all attacks."""
    with shared_clone(request, "attacked") as database:
        yield database


@pytest.fixture(scope="session")
def rest(rest_database: Database) -> Iterator[Rest]:
    """Give the PostgREST for people and the one for services in front of that clone, and who makes tokens for them."""
    with rest_api(rest_database.server, rest_database.name) as doors:
        yield doors


@pytest.fixture
def fresh_cluster(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a cluster without the package, for one test alone."""
    inside = Path(request.config.stash[SERVER].home)
    with temporary_server(binaries_of(request.config.option.postgres), inside) as server:
        yield server


@pytest.fixture
def hosted_server(request: pytest.FixtureRequest, gives_away: bool) -> Iterator[Server]:
    """Give a hosted Supabase project without the package, for one test alone, which says what it gives away."""
    inside = Path(request.config.stash[SERVER].home)
    with hosted_project(binaries_of(request.config.option.postgres), inside, gives_away=gives_away) as server:
        yield server


@pytest.fixture(scope="session")
def cluster_starter(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Server]]:
    """Give what starts a cluster without the package, with settings and an environment of its own."""
    inside = Path(request.config.stash[SERVER].home)
    return partial(temporary_server, binaries_of(request.config.option.postgres), inside)


@pytest.fixture(scope="session")
def durable_cluster(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a cluster with PostgreSQL's own durability, on a disk, and the template in it, for tests that kill it."""
    real_disk()  # or say what is missing
    folder = on_disk(request.config.stash[SERVER])
    folder.mkdir(exist_ok=True)
    with durable_server(binaries_of(request.config.option.postgres), folder, DURABLE) as server:
        databases.prepare(server, TEMPLATE)
        databases.sqitch(server, TEMPLATE, "deploy")
        yield server


@pytest.fixture
def durable_database(durable_cluster: Server) -> Iterator[Database]:
    """Give a clone of the deployed template in the durable cluster, dropped after the test."""
    with databases.temporary_clone(durable_cluster, TEMPLATE, f"durable_{next(clone_numbers)}") as name:
        yield Database(durable_cluster, name)


@pytest.fixture(scope="session")
def pooled_cluster(request: pytest.FixtureRequest, cluster_starter) -> Iterator[Server]:
    """Give a cluster with the template in it, for a pooler: passwords and logins belong to the whole cluster."""
    source = request.config.stash[SERVER]
    with cluster_starter() as server, databases.temporary_clone(source, TEMPLATE, f"dumped_{worker(request)}") as clone:
        # Roles are not in a dump.
        databases.prepare(server, "roles", test_tools=False)
        databases.sqitch(server, "roles", "deploy", "--to-change", "platform")
        databases.copy(pg_dump(source), source, clone, server, TEMPLATE)
        yield server


@pytest.fixture(scope="session")
def pooled(pooled_cluster: Server) -> Iterator[Pooled]:
    """Give a clone of the deployed template with PgBouncer in front, for all tests that go through it."""
    with databases.temporary_clone(pooled_cluster, TEMPLATE, "pooled") as name, pool_of(pooled_cluster, name) as pool:
        yield pool


@pytest.fixture(scope="session")
def open_folder(request: pytest.FixtureRequest) -> Path:
    """Give a folder that the servers' user can reach, which pytest's own is not; it goes with the run."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir=request.config.stash[SERVER].home))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def stacked(open_folder: Path) -> Iterator[Stacked]:
    """Give a stack that is up, to all tests of the group `stack`."""
    with stack_up(open_folder) as made:
        yield made
