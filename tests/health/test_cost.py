"""What looking costs: monitoring.health() with a thousand leaves, and on hosted Supabase."""

from contextlib import closing
from pathlib import Path

import pytest

from tradebase.database import connect, sqitch
from tradebase.embedded import binaries_of
from tradebase.hosted import DATABASE, OWNER, hosted_project

pytestmark = pytest.mark.xdist_group("health")
LEAVES = 1000
PER_LEAF = 20  # pages
MAKE = """
SELECT count(*) FROM ops.partition_policies AS p,
LATERAL ops.ensure_partitions(
    p.parent, DATE '2010-01-01', CASE p.period WHEN 'week' THEN DATE '2012-01-31' ELSE DATE '2019-01-31' END
)
"""


def pages(explained: dict[str, object]) -> int:
    """Return how many pages were asked for, to plan and to execute."""
    plans = [explained["Plan"], explained.get("Planning", {})]
    return sum(plan.get(f"Shared {how} Blocks", 0) for plan in plans for how in ("Hit", "Read"))


def test_health_of_a_thousand_leaves(database, tally) -> None:
    """No more than twenty pages a leaf, in a session that never looked before; with samples, and who reads events."""
    with database.connect() as owner:
        owner.execute(MAKE)
        (leaves,) = owner.execute("SELECT sum(leaves)::integer FROM monitoring.runway").fetchone()
        owner.execute("SELECT events.add_consumer('redis'), events.add_consumer('cache')")
        owner.execute("SELECT ops.run_job('monitoring.sample_storage', '{}')")
        (sampled,) = owner.execute("SELECT count(*) FROM monitoring.storage_samples").fetchone()
    assert leaves >= LEAVES
    assert sampled > 3 * leaves
    with closing(database.connect()) as session:
        session.execute("SET ROLE tradebase_monitor")
        explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM monitoring.health()"
        first, again = (pages(session.execute(explain).fetchone()[0][0]) for _ in range(2))
    tally("health", first, f"pages of {leaves} leaves, {again} when asked again")
    assert first <= PER_LEAF * leaves
    assert again <= first


VIEWS = """
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'monitoring'::regnamespace AND c.relkind = 'v' ORDER BY 1
"""


def test_all_of_it_on_hosted_supabase(request: pytest.FixtureRequest, template) -> None:
    """Who watches reads every view there, sees what others do, and which statements cost, by the owner's rights."""
    inside = Path(template.server.home)
    loaded = {"shared_preload_libraries": "pg_stat_statements"}
    with hosted_project(
        binaries_of(request.config.option.postgres), inside, gives_away=False, settings=loaded
    ) as server:
        sqitch(server, DATABASE, "deploy", user=OWNER)
        with connect(server, DATABASE, OWNER) as owner:
            owner.execute("CREATE ROLE t_watcher LOGIN IN ROLE tradebase_monitor; CREATE ROLE t_client LOGIN")
        with connect(server, DATABASE, "t_client") as somebody, connect(server, DATABASE, "t_watcher") as watcher:
            somebody.execute("SELECT 7 AS somebodys")
            (superuser,) = watcher.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            assert not superuser
            rows = {
                name: watcher.execute(f"SELECT * FROM monitoring.{name}").fetchall()
                for (name,) in watcher.execute(VIEWS).fetchall()
            }
            health = {
                name: (status, detail)
                for name, status, _, _, _, detail, _ in watcher.execute("SELECT * FROM monitoring.health()")
            }
            seen = "SELECT state FROM monitoring.sessions WHERE role = 't_client' AND pid = %s"
            assert watcher.execute(seen, [somebody.info.backend_pid]).fetchone() == ("idle",)
            cost = "SELECT calls FROM monitoring.statements WHERE query LIKE '%%AS somebodys' AND role = 't_client'"
            assert watcher.execute(cost).fetchone() == (1,)
            assert watcher.execute("SELECT monitoring.save_baseline() > 10").fetchone() == (True,)
            (again,) = watcher.execute("SELECT status FROM monitoring.health() WHERE name = 'statements'").fetchone()
    assert len(rows) == 21
    assert [name for name, found in rows.items() if not found] == [
        "backups", "bloat", "blocking", "drills", "growth", "integrity", "jobs", "outbox", "pools", "replicas", "slots",
    ]  # fmt: skip
    assert len(health) == 19
    assert health["statements"] == ("warn", "no baseline: SELECT monitoring.save_baseline() when all is well")
    assert health["long_transaction"][0] == "ok"
    assert again == "ok"
