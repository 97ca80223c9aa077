"""A database that was backed up, traded on, spoilt and destroyed, with a standby in the second region; made once."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tradebase import database as databases
from tradebase.backup import damage, drill
from tradebase.backup.damage import Bench
from tradebase.backup.drill import Known
from tradebase.embedded import binaries_of, pg_dump
from tradebase.server import Server, scratch_parent, stop_within
from tradebase.storm import set_up

MARKS = 5  # random targets; with --full 20


@pytest.fixture(scope="session")
def filled(request: pytest.FixtureRequest, template) -> Callable[[Server], None]:
    """Give what makes the database of a drill: the template, and users who trade in it."""

    def fill(server: Server) -> None:
        # Roles are not in a dump.
        databases.prepare(server, "roles", test_tools=False)
        databases.sqitch(server, "roles", "deploy", "--to-change", "platform")
        name = f"drilled_{getattr(request.config, 'workerinput', {}).get('workerid', 'main')}"
        with databases.temporary_clone(template.server, template.name, name) as clone:
            databases.copy(pg_dump(template.server), template.server, clone, server, drill.DATABASE)
        databases.drop(server, "roles")
        with databases.connect(server, drill.DATABASE, databases.OWNER) as owner:
            set_up(owner)

    return fill


@pytest.fixture(scope="session")
def drill_folder() -> Iterator[Path]:
    """Give a folder in memory for clusters and repositories, with a name that is short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="drill-", dir=scratch_parent()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        stop_within(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def known(request: pytest.FixtureRequest, drill_folder: Path, filled: Callable[[Server], None]) -> Iterator[Known]:
    """Give what is known of the database that is no more."""
    full = request.config.option.full
    with drill.destroyed(
        drill_folder / "first", binaries_of(request.config.option.postgres), filled, commands=3000 if full else 300,
        marks=20 if full else MARKS, meanwhile=drill.follow,
    ) as known:  # fmt: skip
        yield known


@pytest.fixture(scope="session")
def bench(known: Known, drill_folder: Path) -> Iterator[Bench]:
    """Give a copy of its repositories to do harm to."""
    with damage.bench(known.repositories, drill_folder / "bench") as made:
        yield made
