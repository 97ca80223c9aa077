"""Each named query keeps its contract on seeded history of two sizes, and reads no more in the larger one."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tradebase import database as databases
from tradebase import tap
from tradebase.bench import disk_folder
from tradebase.database import OWNER
from tradebase.embedded import binaries_of
from tradebase.seed import History, seed
from tradebase.server import Server, refuse_full_disk, temporary_server

pytestmark = pytest.mark.xdist_group("contracts")

FOLDER = Path(__file__).parent
# Queries first: commands that are taken back leave pages behind that a search by time reads until they are vacuumed.
CONTRACTS = {
    file.stem: file
    for file in sorted(FOLDER.glob("*.sql"), key=lambda file: ("pg_temp.works(" in file.read_text(), file.name))
}
SIZES = (100_000, 1_000_000)
FULL = (1_000_000, 10_000_000)
ROOM = 5000  # bytes on disk that an order may take, with what is written beside it while it is made
UNTIL = datetime(2026, 3, 10, 12, tzinfo=UTC)
FEW = 4  # pages that a row costs: three of its index and its own
MEASURED = re.compile(r"^# measured (\w+) (\d+) (\d+) (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Seeded:
    """A database with a history of that many orders."""

    server: Server
    name: str
    orders: int


@dataclass(frozen=True)
class Reading:
    """What a plan has read: rows, pages, and how many times it went down an index."""

    plan: str
    rows: int
    pages: int
    searches: int


@pytest.fixture(scope="session")
def room(request: pytest.FixtureRequest, template) -> Iterator[Seeded]:
    """Give an empty database with room for both histories, with --full on a disk; ENVIRONMENT where there is none."""
    is_full = request.config.option.full
    folder = disk_folder() if is_full else Path(template.server.home)
    refuse_full_disk(folder, sum(FULL if is_full else SIZES) * ROOM)
    if not is_full:
        yield Seeded(template.server, template.name, 0)
        return
    with temporary_server(binaries_of(request.config.option.postgres), folder) as server:
        databases.prepare(server, template.name)
        databases.sqitch(server, template.name, "deploy")
        yield Seeded(server, template.name, 0)


@contextmanager
def history(room: Seeded, orders: int) -> Iterator[Seeded]:
    """Yield a database with that many orders, made once for all contracts."""
    with databases.temporary_clone(room.server, room.name, f"contracts_{orders}") as name:
        seeded = Seeded(room.server, name, orders)
        fill(seeded)
        yield seeded


@pytest.fixture(scope="session")
def smaller(request: pytest.FixtureRequest, room) -> Iterator[Seeded]:
    """Give the smaller history."""
    with history(room, (FULL if request.config.option.full else SIZES)[0]) as seeded:
        yield seeded


@pytest.fixture(scope="session")
def larger(request: pytest.FixtureRequest, room) -> Iterator[Seeded]:
    """Give the larger history."""
    with history(room, (FULL if request.config.option.full else SIZES)[1]) as seeded:
        yield seeded


def fill(seeded: Seeded) -> None:
    """Make the history: as many users, months and open orders at each size, so that what is read can be compared."""
    with databases.connect(seeded.server, seeded.name, OWNER, options="-c statement_timeout=0") as owner:
        seed(owner, History(orders=seeded.orders, users=1000, days=60, open_orders=1000, until=UNTIL))
    subprocess.run(
        [databases.psql(), "-Xq", "-v", "ON_ERROR_STOP=1", "-v", f"orders={seeded.orders}", "-f", "history.psql"],
        env=databases.environment(seeded.server, OWNER, seeded.name) | {"PGOPTIONS": "-c statement_timeout=0"},
        cwd=FOLDER,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    # Pages that are all visible are marked so, as autovacuum would have.
    with databases.connect(seeded.server, seeded.name, options="-c statement_timeout=0") as superuser:
        superuser.execute("VACUUM (ANALYZE)")


# What contracts before have taken back left pages that no BRIN index has summed up: each is read by every scan until
# autovacuum comes to it.
SUMMARIZE = """
SELECT brin_summarize_new_values(c.oid)
FROM pg_class AS c JOIN pg_am AS a ON a.oid = c.relam
WHERE a.amname = 'brin' AND c.relkind = 'i'
"""


def kept(seeded: Seeded, file: Path, tally=lambda *_: None) -> list[Reading]:
    """Run a contract, which takes back what it does, and return what its plans have read."""
    with databases.connect(seeded.server, seeded.name) as superuser:
        superuser.execute(SUMMARIZE)
    ran = tap.run_file(seeded.server, seeded.name, file)
    assertions, why = tap.judge(ran)
    failed = [f"{a.number} {a.name}\n" + "\n".join(a.detail) for a in assertions if a.outcome != "passed"]
    assert not failed, f"on {seeded.orders:,} orders:\n" + "\n".join(failed)
    assert not why, f"on {seeded.orders:,} orders: {why}"
    tally("contracts", len(assertions), "assertions")
    return [Reading(plan, *map(int, read)) for plan, *read in MEASURED.findall(ran.stdout)]


def allowed(reading: Reading) -> float:
    """Return the pages that a plan may read when there is ten times as much: a tenth more, and a level per descent."""
    # A tree of ten times as many rows is at most one level higher; a table of one page may have got one.
    return max(1.1 * reading.pages + reading.searches, FEW)


@pytest.mark.parametrize("name", CONTRACTS)
def test_contract(smaller, larger, tally, name) -> None:
    """It is served by what it names, in the leaves and within the pages it names; ten times the rows cost no more."""
    readings, more = (kept(seeded, CONTRACTS[name], tally) for seeded in (smaller, larger))
    assert [reading.plan for reading in readings] == [reading.plan for reading in more] != []
    for little, much in zip(readings, more, strict=True):
        print(f"{name} {little.plan}: {little.pages} pages, {much.pages} of ten times as much")
        assert much.pages <= allowed(little), f"{little.plan}: {little} became {much}"
    tally("contracts", 1, "kept at both sizes")


# The catalogue is complete: nothing in the schema is without a query, and no query has an index for nothing.

INDEXES = """
SELECT c.relname, CASE
    WHEN k.oid IS NULL THEN format('DROP INDEX %s', c.oid::regclass)
    ELSE format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', i.indrelid::regclass, k.conname)
END
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid AND NOT c.relispartition
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
-- Ours, but for stand-ins of Supabase's and sqitch's registry.
WHERE
    n.nspowner = (SELECT o.nspowner FROM pg_namespace AS o WHERE o.nspname = 'ops')
    AND n.nspname NOT IN ('auth', 'realtime', 'sqitch', 'tap')
"""
OF_API = """
SELECT relname FROM pg_class WHERE relnamespace = 'api'::regnamespace AND relkind = 'v'
UNION
SELECT proname FROM pg_proc WHERE pronamespace = 'api'::regnamespace
"""


def named_by(file: Path) -> set[str]:
    """Return the indexes that a contract names."""
    lists = re.findall(r"'\{([\w,]+)\}'", file.read_text())
    return {name for names in lists for name in names.split(",") if re.search("_(idx|key|pkey|excl)$", name)}


NAMED = {
    index: [name for name, file in CONTRACTS.items() if index in named_by(file)]
    for index in sorted(set().union(*map(named_by, CONTRACTS.values())))
}


def test_every_index_has_a_query(template) -> None:
    """Contracts name the indexes of the schema, all of them and no others."""
    with databases.connect(template.server, template.name) as superuser:
        there = {name for name, _ in superuser.execute(INDEXES)}
    assert (sorted(there - NAMED.keys()), sorted(NAMED.keys() - there)) == ([], [])


def test_everything_in_api_has_a_contract(template) -> None:
    """Each view and function of api has a contract of its name, which asks it."""
    with databases.connect(template.server, template.name) as superuser:
        there = {name for (name,) in superuser.execute(OF_API)}
    asked = {
        name for name in there if f"api.{name}" in CONTRACTS.get(f"api_{name}", FOLDER / "contract.psql").read_text()
    }
    assert sorted(there - asked) == []
    assert sorted(name for name in CONTRACTS if name.startswith("api_") and name[4:] not in there) == []


@pytest.mark.parametrize("index", NAMED)
def test_an_index_is_missed(request, smaller, tally, tmp_path, index) -> None:
    """Without it a contract that names it is broken; with --full each that does."""
    with databases.connect(smaller.server, smaller.name) as superuser:
        drops = dict(superuser.execute(INDEXES).fetchall())
    # The contract's own BEGIN changes nothing within this transaction, and its ROLLBACK brings the index back.
    file = tmp_path / "without.sql"
    for name in NAMED[index] if request.config.option.full else NAMED[index][:1]:
        file.write_text(f"BEGIN;\n{drops[index]};\n\\i {CONTRACTS[name]}\n")
        ran = tap.run_file(smaller.server, smaller.name, file)
        assert ran.stdout.startswith("1.."), f"{index} could not be dropped: {ran.stderr}"
        assertions, why = tap.judge(ran)
        missed = [a.name for a in assertions if a.outcome == "failed" and "can be served by" in a.name]
        assert why or missed, f"{name} does not miss {index}"
    tally("contracts", 1, "indexes missed")
