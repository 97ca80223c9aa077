"""`tradebase drill` on a database that was destroyed: green when all is well, red for whatever is not."""

import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tradebase import Problem
from tradebase import database as databases
from tradebase.backup import damage, drill, evidence
from tradebase.backup.damage import Bench, Damage
from tradebase.backup.drill import Known, Result
from tradebase.backup.pgbackrest import Target
from tradebase.server import Server

pytestmark = pytest.mark.xdist_group("drill")
# What a drill looks at. One that looks at less is not the same.
CHECKS = {
    "verify", "newest", "restore", "catalog", "rows", "last before the mark", "first after the mark", "acknowledged",
    "nothing else", "integrity", "audit", "end", "sums",
}  # fmt: skip


@pytest.fixture(scope="module")
def drilled(known: Known) -> dict[int, Result]:
    """Give what a drill finds when nothing is wrong, by repository."""
    return {number: drill.examine(known, number) for number in drill.NUMBERS}


@pytest.mark.parametrize("number", drill.NUMBERS)
def test_a_healthy_drill_is_green(drilled: dict[int, Result], number: int) -> None:
    """The database comes back from either repository alone to exactly the mark, and what is lost is said."""
    result = drilled[number]
    assert result.failed == {}
    assert result.checks.keys() == CHECKS
    assert result.is_good
    assert result.facts["lost"] >= 0
    assert result.rto > 0
    print(f"repository {number}: RPO {result.rpo:.1f} s ({result.facts['lost']} commits), RTO {result.rto:.1f} s")


def test_it_is_on_record(known: Known, drilled: dict[int, Result], database, tmp_path) -> None:
    """The living database and a file have what was found; what failed is kept as failed."""
    broken = replace(drilled[2], checks={"verify": ["a file is gone"]})
    with database.connect() as owner:
        for result in (drilled[1], broken):
            drill.record(owner, result)
        rows = owner.execute(
            "SELECT kind, repository, target, status, rpo, rto, detail -> 'checks' ->> 'verify', "
            "detail ->> 'commands', detail -> 'hashes' ? 'rows' FROM ops.recovery_drills ORDER BY id"
        ).fetchall()
    target = f"name={known.mark.name}"
    assert [row[:4] for row in rows] == [("archive", 1, target, "succeeded"), ("archive", 2, target, "failed")]
    assert rows[0][4] == timedelta(seconds=drilled[1].rpo)
    assert abs(rows[0][5] - timedelta(seconds=drilled[1].rto)) < timedelta(milliseconds=1)
    assert [row[6:] for row in rows] == [
        ("[]", str(known.facts["commands"]), True), ('["a file is gone"]', str(known.facts["commands"]), True),
    ]  # fmt: skip
    file = tmp_path / "reports/now.json"
    assert drill.write_report(file, [drilled[1], drilled[2]])["status"] == "succeeded"
    assert drill.write_report(file, [drilled[1], broken])["status"] == "failed"
    assert [one["status"] for one in json.loads(file.read_text())["drills"]] == ["succeeded", "failed"]


# Exactly where it was told.


def test_random_targets_are_exact(request: pytest.FixtureRequest, known: Known, seed: int) -> None:
    """G06: whatever names a moment between two commits, a restore has the one and not the other, and loses nothing."""
    chance = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
    marks = [mark for mark in known.ledger.marks if mark != known.mark]
    kinds = ["name", "xid", "lsn", "time"] * 5
    wrong = {}
    for n, mark in enumerate(marks):
        value = mark.name if kinds[n] == "name" else getattr(mark, kinds[n])
        number = chance.choice(drill.NUMBERS)
        with drill.restored(known.repositories, number, Target(kinds[n], value)) as server:
            with databases.connect(server, drill.DATABASE, databases.OWNER) as owner:
                found = evidence.at_mark(owner, known.ledger, mark)
            wrong |= {f"{kinds[n]} {value} {check}": said for check, said in found.items() if said}
    assert wrong == {}
    assert len(marks) == (20 if request.config.option.full else 5)


# What is not as it was is seen.

# By check: what is done to a database that was restored, and what the check says of it.
DEEDS = [
    ("rows", "events.outbox", "DELETE FROM events.outbox WHERE id = (SELECT min(id) FROM events.outbox)"),
    ("rows", "identity.profiles", drill.BAD_STATEMENT),
    ("catalog", "- CREATE INDEX job_runs_job_idx", "DROP INDEX ops.job_runs_job_idx"),
    ("catalog", "+ GRANT SELECT ON TABLE ops.job_runs TO anon", "GRANT SELECT ON ops.job_runs TO anon"),
    ("acknowledged", "order ", "UPDATE trading.orders SET client_order_id = NULL WHERE client_order_id LIKE 'c1:%'"),
    (
        "last before the mark", f"{drill.LAST}:before is not there",
        f"UPDATE portfolio.transfers SET idempotency_key = 'b' WHERE idempotency_key = '{drill.LAST}:before'",
    ),
    (
        "first after the mark", f"{drill.LAST}:after is there",
        f"UPDATE portfolio.transfers SET idempotency_key = '{drill.LAST}:after' "
        "WHERE idempotency_key = 'mark_0:before'",
    ),
    ("nothing else", "transfer ", ""),
    (
        "integrity", ": 1 ",
        "UPDATE portfolio.balances SET available = available + 1 WHERE (user_id, asset_id) = "
        "(SELECT b.user_id, b.asset_id FROM portfolio.balances AS b ORDER BY 1, 2 LIMIT 1)",
    ),
    (
        "audit", "is not on record as it is",
        "DELETE FROM audit.audit_logs "
        "WHERE id = (SELECT max(id) FROM audit.audit_logs WHERE relation = 'portfolio.transfers')",
    ),
    (
        "audit", "portfolio.transfers has not one trigger",
        "ALTER TABLE portfolio.transfers DISABLE TRIGGER transfers_audit_update",
    ),
]  # fmt: skip


def test_whatever_is_another_is_seen(known: Known) -> None:
    """Each check finds what it is there for, and says it."""
    with drill.restored(known.repositories, 1, Target("name", known.mark.name)) as server:
        with databases.connect(server, drill.DATABASE) as admin:
            for _, _, deed in DEEDS:
                if deed:
                    sleep(admin, deed)
        found = known.picture.differences(evidence.picture(server, drill.DATABASE))
        with databases.connect(server, drill.DATABASE, databases.OWNER) as owner:
            found |= evidence.at_mark(owner, known.ledger, known.mark)
    blind = [f"{check} says nothing of {said}" for check, said, _ in DEEDS if said not in "\n".join(found[check])]
    assert blind == []


def sleep(admin: psycopg.Connection, statement: str) -> None:
    """Do what triggers would refuse, as somebody who can."""
    with admin.transaction():
        tables = admin.execute(
            """
            SELECT t.tgrelid::regclass::text, t.tgname, t.tgenabled FROM pg_trigger AS t
            WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgparentid = 0
            AND t.tgrelid::regclass::text = ANY (%s)
            """,
            [["events.outbox", "audit.audit_logs", "trading.orders", "portfolio.balances", "portfolio.transfers"]],
        ).fetchall()
        tables = [] if statement.startswith("ALTER") else tables
        for table, trigger, _ in tables:
            admin.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        admin.execute(statement)
        for table, trigger, enabled in tables:
            admin.execute(f"ALTER TABLE {table} ENABLE {'ALWAYS' if enabled == 'A' else ''} TRIGGER {trigger}")


def test_another_mark_is_seen(known: Known) -> None:
    """A restore that went too far, or not far enough, is no good one."""
    earlier = known.ledger.marks[0]
    too_far = replace(known, mark=earlier)
    with drill.restored(known.repositories, 1, Target("name", known.mark.name)) as server:
        with databases.connect(server, drill.DATABASE, databases.OWNER) as owner:
            found = evidence.at_mark(owner, known.ledger, too_far.mark)
        assert found["first after the mark"]
        assert found["nothing else"]
    with drill.restored(known.repositories, 1, Target("name", earlier.name)) as server:
        with databases.connect(server, drill.DATABASE, databases.OWNER) as owner:
            found = evidence.at_mark(owner, known.ledger, known.mark)
        assert found["last before the mark"]
        assert found["acknowledged"]


# Damage.

# What neither pgBackRest nor a restore reads, so that only sums tell: old manifests, second copies, and the link.
ONLY_SUMS = ("backup.history", ".copy", "backup.info", "archive.info", "backup.manifest", "latest")


def test_a_copy_is_as_good(bench: Bench, known: Known) -> None:
    """What the damages are done to is green before: it is they who turn it red."""
    assert drill.examine(known, 2, bench.copy, all_checks=False).failed == {}


@pytest.mark.parametrize("number", drill.NUMBERS)
@pytest.mark.parametrize("kind", ["newest", "key"])
def test_what_pgbackrest_does_not_say(bench: Bench, known: Known, kind: str, number: int) -> None:
    """The newest WAL that is gone, and a key that is another, turn it red by themselves."""
    file = damage.newest(known.repositories.repository(number)).relative_to(known.repositories.repository(number))
    done = Damage(kind, str(file) if kind == "newest" else "")
    with bench.damaged(done, number) as repositories:
        if kind == "newest":
            # Whatever came after what PostgreSQL was told of, too: there is no gap by which it would show.
            for file in damage.files_of(repositories.repository(number))["wal"]:
                if file.name[:24] >= known.last_wal:
                    file.unlink()
        result = drill.examine(known, number, repositories, all_checks=False)
    assert [*result.failed] == ["newest" if kind == "newest" else "verify"], result.failed
    assert not result.is_good


def test_random_damages_are_seen(request: pytest.FixtureRequest, bench: Bench, known: Known, seed: int, tally) -> None:
    """G08: each of ten, or of a hundred with --full, in either repository turns the drill red, and it says by what."""
    chance = random.Random(seed)  # noqa: S311 (to be repeated, not to be secret)
    unseen, odd = [], []
    for _ in range(100 if request.config.option.full else 10):
        number = chance.choice(drill.NUMBERS)
        done = damage.draw(chance, known.repositories.repository(number))
        with bench.damaged(done, number) as repositories:
            result = drill.examine(known, number, repositories, all_checks=False)
        said = f"repository {number}: {done}"
        print(f"{said}: {result.failed}")
        if not result.failed:
            unseen.append(said)
        elif [*result.failed] == ["sums"] and not any(word in done.file for word in ONLY_SUMS):
            # What arrived in the very last moment, PostgreSQL was not told of.
            segment = damage.SEGMENT.fullmatch(done.file.rpartition("/")[2])
            if not (done.kind in ("delete", "newest") and segment and segment[1] > known.last_wal):
                odd.append(said)
        tally("damages", 1, f"seen by {next(iter(result.failed), 'nobody')}")
    assert unseen == []
    assert odd == [], "pgBackRest reads these, and has not noticed"


def test_a_repository_that_is_gone(known: Known) -> None:
    """Without its folder a repository is named, and nothing is restored."""
    folder = known.repositories.repository(1)
    away = folder.with_name("away")
    folder.rename(away)
    try:
        result = drill.examine(known, 1, all_checks=False)
        with pytest.raises(Problem, match="1"), drill.restored(known.repositories, 1, Target()):
            pass
    finally:
        away.rename(folder)
    assert result.failed


def test_a_drill_that_cannot_begin_has_failed(drill_folder: Path) -> None:
    """Whatever goes wrong on the way is a result for each repository, and nothing is left."""

    def fill(_: Server) -> None:
        raise Problem("there is nothing to drill with")

    (drill_folder / "none").mkdir()
    results = drill.drill(drill_folder / "none", drill.NUMBERS, region=True, fill=fill)
    assert [(one.kind, one.repository, one.is_good) for one in results] == [
        ("archive", 1, False), ("archive", 2, False), ("region", 2, False),
    ]  # fmt: skip
    assert all(one.failed == {"drill": ["there is nothing to drill with"]} for one in results)
    assert [*(drill_folder / "none").iterdir()] == []
    assert "drill: there is nothing to drill with" in "\n".join(drill.told(results))


# The second region.


def test_the_second_region_takes_over(known: Known) -> None:
    """A standby that was fed from repository 2 alone is promoted, and what it lost is measured."""
    result = drill.promote_region(known, known.standby)
    assert result.failed == {}
    assert result.is_good
    assert result.kind == "region"
    print(f"region: RPO {result.rpo:.1f} s ({result.facts['lost']} commits), RTO {result.rto:.1f} s")
