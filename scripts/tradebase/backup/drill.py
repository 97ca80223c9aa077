"""`tradebase drill`: a database is destroyed and restored, and what came back is held against what was there.

Everything that the verdict rests on is kept outside the database and outside the repositories: a ledger of acknowledged
commits with marks among them, a picture of catalog and rows at one mark, which WAL was archived last, and the sums of
the repositories' files.
"""

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from rich.progress import Progress

from tradebase import ENVIRONMENT, Problem
from tradebase import database as databases
from tradebase import seed as seeds
from tradebase import server as servers
from tradebase.backup import evidence
from tradebase.backup.evidence import Picture
from tradebase.backup.ledger import Ledger, Mark, Workload
from tradebase.backup.pgbackrest import Repositories, Target, isolate, make_folder
from tradebase.server import Server, durable_server
from tradebase.storm import set_up

DATABASE = "tradebase"
NUMBERS = (1, 2)
LAST = "before_the_bad_statement"
# What somebody meant to say of one user.
BAD_STATEMENT = "UPDATE identity.profiles SET display_name = 'Bob'"
PATIENCE = 120  # seconds that a restored server has to replay its WAL, or the archive to take a segment
RECORD = "SELECT ops.record_drill(%s, %s, %s, %s, %s, %s, %s, %s)"


@dataclass
class Result:
    """How one restore went: by check what was found wrong; seconds that a disaster would have cost, and took."""

    kind: str
    repository: int
    target: str
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    checks: dict[str, list[str]] = field(default_factory=dict)
    rpo: float | None = None
    rto: float | None = None
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def failed(self) -> dict[str, list[str]]:
        """The checks that found something."""
        return {check: wrong for check, wrong in self.checks.items() if wrong}

    @property
    def is_good(self) -> bool:
        """Say whether something was checked, nothing was found, and it is known what a disaster costs."""
        return bool(self.checks) and not self.failed and self.rpo is not None and self.rto is not None

    def report(self) -> dict[str, object]:
        """Return it for a machine."""
        return {
            "kind": self.kind,
            "repository": self.repository,
            "target": self.target,
            "started_at": self.started_at.isoformat(),
            "status": "succeeded" if self.is_good else "failed",
            "rpo": self.rpo,
            "rto": self.rto,
            "checks": {check: wrong[:5] for check, wrong in self.checks.items()},
            **self.facts,
        }


@dataclass
class Known:
    """What is known outside of a cluster that was destroyed, and of its repositories."""

    repositories: Repositories
    ledger: Ledger
    mark: Mark
    picture: Picture
    last_wal: str
    destroyed: float = 0.0  # time.monotonic()
    sums: dict[int, dict[str, str]] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    standby: Server | None = None  # in the second region


def sums_of(repository: Path) -> dict[str, str]:
    """Return by name the sum of each file of a repository, and where each link leads."""
    return {
        str(file.relative_to(repository)): str(file.readlink())
        if file.is_symlink()
        else hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(repository.rglob("*"))
        if file.is_symlink() or file.is_file()
    }


def last_archived(admin: psycopg.Connection) -> str:
    """Return the segment that PostgreSQL was told last is in the archive; '' where there was none."""
    (last,) = admin.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
    # It may also have been the label of a backup, which is named after a segment that is there, or a history.
    return last[:24] if last and re.match("[0-9A-F]{24}", last) else ""


def wait_until(is_so: Callable[[], object], what: str) -> None:
    """Wait until something is so; Problem when it does not become so."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise Problem(f"{what} within {PATIENCE} s.")
        time.sleep(0.02)


def archive_all(server: Server) -> str:
    """End the segment that is being written, wait until the archive has it, and return its name."""
    with databases.connect(server) as admin:
        (segment,) = admin.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
        admin.execute("SELECT pg_switch_wal()")
        wait_until(
            lambda: last_archived(admin)[8:] >= segment[8:],
            f"WAL {segment} was not archived: see {server.log}; it was not",
        )
    return segment


def kill(server: Server) -> None:
    """Kill a server, where it runs."""
    if servers.postmaster(server) is not None:
        servers.kill(server)


@contextmanager
def destroyed(
    home: Path,
    binaries: Path,
    fill: Callable[[Server], None],
    seed: int = 1,
    commands: int = 300,
    marks: int = 1,
    meanwhile: Callable[[Server, Repositories], Server | None] = lambda *_: None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Known]:
    """Yield what is known of a cluster that is no more: backed up, traded on with marks, spoilt, and destroyed.

    `home` is a folder of its own; `fill` makes DATABASE with the package and the users of the storm in it. `meanwhile`
    is called once there are backups, and may return a standby in the second region.
    """
    repositories, folder = Repositories(home / "backup"), home / "ledger"
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        server = stack.enter_context(durable_server(binaries, home, {"max_locks_per_transaction": "256"}))
        say("fill")
        fill(server)
        # In good order it would wait for an archive that fails, which may be why we leave.
        stack.callback(kill, server)
        stack.callback(repositories.stop)
        repositories.create(server)
        say("back up")
        for number in NUMBERS:
            repositories.run("full", number)
        standby = meanwhile(server, repositories)
        say("trade")
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            ledger = Ledger(folder, older=frozenset(evidence.facts_of(owner)))
        workload = Workload(server, DATABASE, ledger, seed)
        for number in range(marks):
            with workload.running():
                workload.wait_for(commands // (2 * marks))
                workload.mark(f"mark_{number}")
                workload.wait_for(commands // (2 * marks))
        pictures = []
        mark = workload.mark(LAST, lambda: pictures.append(evidence.picture(server, DATABASE)))
        with databases.connect(server, DATABASE) as admin:
            admin.execute(BAD_STATEMENT)
        archive_all(server)
        say("destroy")
        with workload.running():
            workload.wait_for(commands // 2)
            with databases.connect(server) as admin:
                segment = last_archived(admin)
            kill(server)
            gone = time.monotonic()
            # As the disk of the machine: what was not in the archive by now never will be.
            shutil.rmtree(server.data)
        repositories.seal()
        known = Known(repositories, workload.ledger, mark, pictures[0], segment, gone, standby=standby)
        known.sums = {number: sums_of(repositories.repository(number)) for number in NUMBERS}
        known.facts = {"commands": workload.sent, "seed": seed, "hashes": pictures[0].hashes()}
        yield known


@contextmanager
def restored(repositories: Repositories, number: int, target: Target) -> Iterator[Server]:
    """Yield a server restored out of one repository that takes writes; Problem when that fails. It goes afterwards."""
    # A short name: sockets are in it. Whoever restores there makes it, and nobody else removes it.
    into = repositories.folder / f"drill-{number}"
    try:
        into.mkdir()
    except FileExistsError:
        raise Problem(
            f"{into} is there: another drill is at work; if it was killed, stop its server, and remove it."
        ) from None
    try:
        server = repositories.restore(number, target, into)
        try:
            yield server
        finally:
            servers.run_pg_ctl(server, "stop", "-w", "-s", "-m", "immediate")
    finally:
        shutil.rmtree(into, ignore_errors=True)


def wait_for_writes(server: Server) -> None:
    """Wait until a server that replays WAL takes writes; Problem with its last words when it gives up."""

    def is_so() -> bool:
        if not servers.is_running(server):
            raise Problem(f"The restored server gave up ({servers.last_words(server)}).")
        try:
            with databases.connect(server) as admin:
                return not admin.execute("SELECT pg_is_in_recovery()").fetchone()[0]
        except psycopg.OperationalError:
            return False

    wait_until(is_so, f"The restored server does not take writes ({server.log})")


def examine(known: Known, number: int, repositories: Repositories | None = None, all_checks: bool = True) -> Result:
    """Restore out of one repository to exactly the mark and to the end, and return what was found.

    Without `all_checks` it stops at the first that finds something, and loses no time with the end: the sums come last,
    and tell only what nobody else has noticed.
    """
    repositories = repositories or known.repositories
    result = Result("archive", number, f"name={known.mark.name}", facts=dict(known.facts))
    for name, check in (
        ("verify", lambda: {"verify": repositories.verify(number)}),
        ("newest", lambda: {"newest": newest_is_there(known, repositories, number)}),
        ("restore", lambda: restore_to_the_mark(known, repositories, number, result)),
        ("end", lambda: restore_to_the_end(known, repositories, number, result)),
        ("sums", lambda: {"sums": sums_differ(known, repositories, number)}),
    ):
        if name == "end" and not all_checks:
            continue
        try:
            result.checks |= check()
        except (Problem, psycopg.Error) as why:
            result.checks[name] = [str(why)]
        if result.failed and not all_checks:
            break
    return result


def newest_is_there(known: Known, repositories: Repositories, number: int) -> list[str]:
    """Compare the newest WAL of a repository with what PostgreSQL was told is archived."""
    newest = repositories.newest_segment(number) or "nothing"
    return [] if newest >= known.last_wal else [f"PostgreSQL was told that {known.last_wal} is archived, not {newest}"]


def restore_to_the_mark(known: Known, repositories: Repositories, number: int, result: Result) -> dict[str, list[str]]:
    """Restore to exactly the mark, and hold what came back against all that is known of it."""
    begun = time.monotonic()
    with restored(repositories, number, Target("name", known.mark.name)) as server:
        result.rto = time.monotonic() - begun
        found = known.picture.differences(evidence.picture(server, DATABASE))
        with databases.connect(server, DATABASE, databases.OWNER) as owner:
            result.facts["bytes"] = owner.execute("SELECT pg_database_size(current_database())").fetchone()[0]
            return {"restore": [], **found, **evidence.at_mark(owner, known.ledger, known.mark)}


def restore_to_the_end(known: Known, repositories: Repositories, number: int, result: Result) -> dict[str, list[str]]:
    """Restore all that there is, and measure by the ledger how much is lost."""
    with restored(repositories, number, Target()) as server:
        result.rpo, lost = loss(known, server)
    result.facts["lost"] = lost
    return {"end": []}


def loss(known: Known, server: Server) -> tuple[float, int]:
    """Return how long before the end the first commit was acknowledged that is lost, in seconds, and how many are."""
    with databases.connect(server, DATABASE, databases.OWNER) as owner:
        lost = known.ledger.lost(evidence.facts_of(owner))
    return (known.destroyed - lost[0].answered if lost else 0.0), len(lost)


def sums_differ(known: Known, repositories: Repositories, number: int) -> list[str]:
    """Compare the files of a repository with their sums as they were when it was left."""
    then, now = known.sums[number], sums_of(repositories.repository(number))
    return [
        f"{file} is {'gone' if file not in now else 'new' if file not in then else 'another'}"
        for file in sorted(then.keys() | now.keys())
        if now.get(file) != then.get(file)
    ]


# The second region: a standby that is fed from repository 2 and knows nobody.


def follow(server: Server, repositories: Repositories) -> Server:
    """Start a standby that is fed from repository 2 alone and knows nobody, and return it."""
    standby = servers.lay_out(repositories.folder / "standby", Path(server.binaries), servers.free_port())
    make_folder(Path(standby.data), repositories.user("database"))
    config = repositories.alone(2, Path(standby.data), Path(standby.home, "cluster"))
    repositories.call("database", "--type=standby", "--archive-mode=off", "restore", config=config)
    isolate(standby)
    with Path(standby.data, "postgresql.auto.conf").open("a") as out:
        # It may be asked how far it is, and asks this often whether there is more.
        out.write("hot_standby = 'on'\nwal_retrieve_retry_interval = '1s'\n")
    servers.start(standby)
    return standby


def promote_region(known: Known, standby: Server) -> Result:
    """Promote the standby of the second region, and measure what is lost; it is stopped afterwards."""
    result = Result("region", 2, "end", facts=dict(known.facts))
    begun = time.monotonic()
    try:
        with databases.connect(standby) as admin:
            (follows,) = admin.execute("SELECT pg_is_in_recovery()").fetchone()
            result.checks["follows"] = [] if follows else ["it was promoted before"]
            result.facts["replayed"] = admin.execute("SELECT pg_last_wal_replay_lsn()::text").fetchone()[0]
            # Before it ends recovery it takes from the archive whatever is there.
            admin.execute("SELECT pg_promote(FALSE)")
        wait_for_writes(standby)
        result.rto = time.monotonic() - begun
        result.rpo, result.facts["lost"] = loss(known, standby)
        with databases.connect(standby, DATABASE, databases.OWNER) as owner:
            keys = [mark.before for mark in known.ledger.marks]
            there = {key for (key,) in owner.execute(evidence.DEPOSITS, [keys])}
            result.checks["marks"] = [f"{key} is not there" for key in keys if key not in there]
            result.checks["audit"] = [problem for (problem,) in owner.execute(evidence.AUDIT)]
            found = evidence.at_end(owner, known.ledger)
            result.checks |= found
    except (Problem, psycopg.Error) as why:
        result.checks["promote"] = [str(why)]
    finally:
        servers.run_pg_ctl(standby, "stop", "-w", "-s", "-m", "fast")
    return result


# All of it.


def fill_small(server: Server) -> None:
    """Make DATABASE with the package, a few days of history, and users who trade."""
    databases.prepare(server, DATABASE, test_tools=False)
    databases.sqitch(server, DATABASE, "deploy")
    with databases.connect(server, DATABASE, databases.OWNER) as owner:
        with Progress(disable=True) as nowhere:
            seeds.seed(owner, seeds.History(orders=2000, users=50, days=5), nowhere)
        set_up(owner)


def drill(
    parent: Path,
    numbers: tuple[int, ...],
    region: bool = False,
    seed: int = 1,
    commands: int = 300,
    say: Callable[[str], None] = lambda _: None,
    fill: Callable[[Server], None] = fill_small,
) -> list[Result]:
    """Drill on a cluster of its own under `parent`, of which nothing is left; what fails is a result too."""
    begun = datetime.now(UTC)
    home = Path(tempfile.mkdtemp(prefix="drill-", dir=parent))
    home.chmod(0o755)
    try:
        more = {"meanwhile": follow} if region else {}
        with destroyed(home, servers.installed_binaries(), fill, seed, commands, say=say, **more) as known:
            results = []
            for number in numbers:
                say(f"restore from repository {number}")
                results.append(examine(known, number))
            if known.standby:
                say("promote the second region")
                results.append(promote_region(known, known.standby))
            return results
    except Problem as why:
        if why.code == ENVIRONMENT:
            raise
        kinds = [("archive", number) for number in numbers] + [("region", 2)] * region
        return [Result(kind, number, "end", begun, {"drill": [str(why)]}) for kind, number in kinds]
    finally:
        servers.stop_within(home)
        shutil.rmtree(home, ignore_errors=True)


# What is left of a drill.


def record(owner: psycopg.Connection, result: Result) -> int:
    """Write a result into the database that lives, as a worker, and return its id there."""
    told = result.report()
    with owner.transaction():
        owner.execute("SET LOCAL ROLE tradebase_worker")
        seconds = [None if took is None else timedelta(seconds=took) for took in (result.rpo, result.rto)]
        detail = {name: told[name] for name in told.keys() - {"kind", "repository", "target", "started_at", "status"}}
        given = [result.kind, result.repository, result.target, result.started_at, told["status"], *seconds]
        return owner.execute(RECORD, [*given, json.dumps(detail)]).fetchone()[0]


def write_report(file: Path, results: list[Result]) -> dict[str, object]:
    """Write a report for machines, and return it."""
    report = {
        "status": "succeeded" if results and all(result.is_good for result in results) else "failed",
        "started_at": min(result.started_at for result in results).isoformat(),
        "finished_at": datetime.now(UTC).isoformat(),
        "drills": [result.report() for result in results],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(report, indent=1) + "\n")
    new.replace(file)
    return report


def told(results: list[Result]) -> Iterator[str]:
    """Say line by line how drills went: each failed check with what it found first."""
    for result in results:
        where = f"{result.kind}, repository {result.repository}, {result.target}"
        cost = "" if result.rpo is None else f" RPO {result.rpo:.1f} s ({result.facts.get('lost', 0)} commits)"
        took = "" if result.rto is None else f" RTO {result.rto:.1f} s"
        yield f"{where}: {'good' if result.is_good else 'FAILED'},{cost}{took}, {len(result.checks)} checks"
        for check, wrong in result.failed.items():
            yield f"  {check}: {wrong[0]}" + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else "")
