"""The backups of the stack that runs are restored beside it, and held against what it is."""

import json

import psycopg
import pytest
from stacked import Stacked

from tradebase import database as databases
from tradebase import up as ups
from tradebase.backup import drill, live
from tradebase.backup.pgbackrest import Repositories

pytestmark = pytest.mark.xdist_group("stack")


def test_the_stack_is_drilled(stacked: Stacked) -> None:
    """Green, on record and beside it; a file of a backup that is another turns it red."""
    stack = stacked.stack
    repositories = Repositories(stack.home / "backup")
    for number in drill.NUMBERS:
        if not repositories.backups(number):
            repositories.run("full", number)
    results = live.drill_stack(stack, drill.NUMBERS)
    assert [result.failed for result in results] == [{}, {}]
    with databases.connect(stack.primary, ups.DATABASE) as admin:
        runs = admin.execute(
            "SELECT status, detail ? 'mark' FROM ops.job_runs WHERE job = 'tradebase.drill' ORDER BY id DESC LIMIT 1"
        ).fetchall()
        assert runs == [("succeeded", True)]
        with psycopg.connect(admin.info.dsn, autocommit=True) as living:
            drill.record(living, results[0])
        ours = admin.execute("SELECT status FROM ops.recovery_drills WHERE target = %s", [results[0].target])
        assert ours.fetchall() == [("succeeded",)]
    kept = repositories.folder / "drilled-1.json"
    sums = json.loads(kept.read_text())
    known = next(file for file in sums if "backup_label" in file or "bundle" in file)
    kept.write_text(json.dumps(sums | {known: "0" * 64}))
    assert live.changed(repositories, 1) == [f"{known} is another than at the last drill"]
