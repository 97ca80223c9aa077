"""Thirty days: over 45 simulated ones, real pgBackRest and PostgreSQL under libfaketime, in both repositories."""

import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archived import ARCHIVES, marks_in

from tradebase import REFUSED, Problem
from tradebase import database as databases
from tradebase import server as servers
from tradebase.backup.pgbackrest import DAYS, Target, repositories
from tradebase.embedded import binaries_of
from tradebase.server import scratch_parent, stop_within, temporary_server

sys.path.append(str(Path(__file__).parents[1] / "integration"))
from clock import Clock

pytestmark = pytest.mark.xdist_group("retention")
SPAN = 45


def simulated(request: pytest.FixtureRequest, diffs: int) -> None:
    """Live through 45 days with a full backup a week and others between, then restore day -30 and look for day -46."""
    folder = Path(tempfile.mkdtemp(prefix="tradebase-retention-", dir=scratch_parent()))
    folder.chmod(0o755)
    clock = Clock(folder / "clock")
    begin = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
    clock.set(begin)
    clock.file.chmod(0o644)
    try:
        with (
            temporary_server(
                binaries_of(request.config.option.postgres), settings=ARCHIVES, environment=clock.environment
            ) as server,
            repositories(folder / "backup", server, environment=clock.environment) as made,
        ):
            with databases.connect(server) as admin:
                admin.execute("CREATE TABLE marks (n integer PRIMARY KEY)")
            # The first day lies 46 days before the last, and has a backup of its own.
            for day in range(SPAN + 2):
                clock.set(begin + timedelta(days=day))
                clock.file.chmod(0o644)
                kind = "full" if day % 7 == 0 else "diff" if diffs and day % diffs == 0 else None
                for repository in (1, 2) if kind else ():
                    made.run(kind, repository)
                # Noon is over; the mark of the day comes in the evening.
                clock.set(begin + timedelta(days=day, hours=6))
                clock.file.chmod(0o644)
                with databases.connect(server) as admin:
                    admin.execute("INSERT INTO marks VALUES (%s)", [day])
            for repository in (1, 2):
                made.expire(repository)  # as the timer does every day
            made.check()
            today = SPAN + 1
            for repository in (1, 2):
                oldest = datetime.fromtimestamp(made.backups(repository)[0]["timestamp"]["stop"], UTC)
                assert (
                    begin + timedelta(days=today - DAYS - 7) <= oldest <= begin + timedelta(days=today - DAYS, hours=1)
                )
                assert made.verify(repository) == []
                # At midnight after day -30 its mark is in, and that of the next day is not.
                midnight = begin + timedelta(days=today - DAYS, hours=12)
                restored = made.restore(
                    repository, Target("time", f"{midnight:%Y-%m-%d %H:%M:%S+00}"), folder / "day30"
                )
                assert marks_in(restored) == list(range(today - DAYS + 1))
                servers.stop(restored)
                shutil.rmtree(restored.home)
                gone = begin + timedelta(hours=12)
                with pytest.raises(Problem, match="before the oldest backup") as refused:
                    made.restore(repository, Target("time", f"{gone:%Y-%m-%d %H:%M:%S+00}"), folder / "day46")
                assert refused.value.code == REFUSED
                # Not only is it not offered: neither its backup nor its WAL is there any more.
                labels = [f"{begin + timedelta(days=day):%Y%m%d}" for day in range(today - DAYS - 7)]
                left = [file for file in made.repository(repository).glob("backup/*/[0-9]*") if file.name[:8] in labels]
                assert left == []
                archived = made.info_of(repository)["archive"][0]
                assert archived["min"] == made.backups(repository)[0]["archive"]["start"]
    finally:
        stop_within(folder)
        shutil.rmtree(folder, ignore_errors=True)


def test_thirty_days_can_be_restored_and_no_day_of_old(request: pytest.FixtureRequest) -> None:
    """A full backup a week: day -30 comes back in either repository, day -46 is gone."""
    simulated(request, 0)


@pytest.mark.full
def test_thirty_days_with_a_backup_every_day(request: pytest.FixtureRequest) -> None:
    """The same with a differential backup on each of the other days."""
    simulated(request, 1)
