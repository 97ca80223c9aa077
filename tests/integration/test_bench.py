"""The benches for their shape and their pages; what they time is nobody's test."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradebase import bench
from tradebase import database as databases
from tradebase.bench import OK, REFUSED, audit, buffers, exchange, live, monitoring, overhead, rls
from tradebase.cli import app
from tradebase.server import Server
from tradebase.stack import monitoring as watching

# One worker: they share the cluster on the disk with what is killed and what is loaded there.
pytestmark = pytest.mark.xdist_group("durable")
TEMPLATE = "tradebase_template"
LEFT = (bench.DATABASE, exchange.YARDSTICK, rls.BARE)


@pytest.fixture
def measure(durable_cluster: Server, monkeypatch: pytest.MonkeyPatch):
    """Give what runs a bench on the durable cluster that is there, and returns what it printed and its exit code."""

    @contextmanager
    def deployed(*_) -> Iterator[Server]:
        databases.clone(durable_cluster, TEMPLATE, bench.DATABASE)
        try:
            yield durable_cluster
        finally:
            with databases.connect(durable_cluster) as admin:
                for name in LEFT:
                    admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    monkeypatch.setattr(bench, "deployed", deployed)

    def run(*words: str) -> tuple[dict[str, object], int]:
        ran = CliRunner().invoke(app, ["bench", *words, "--json", "--rounds", "1"])
        assert ran.stdout, ran.output
        return json.loads(ran.stdout), ran.exit_code

    return run


TINY = ("--seconds", "1", "--scale", "1", "--users", "20")


def test_a_tiny_exchange_is_measured(measure, tmp_path: Path) -> None:
    """Two subjects beside their yardstick: every figure that is promised, and an exit code that fits them."""
    subjects = ("place-over-8", "settle-10-over-8")
    chosen = [word for name in subjects for word in ("--subject", name)]
    chart = tmp_path / "chart.svg"
    result, code = measure("exchange", *TINY, *chosen, "--chart", str(chart))
    assert result["bench"] == "exchange"
    assert result["conditions"]["settings"]["fsync"] == "on"
    assert result["conditions"]["settings"]["synchronous_commit"] == "on"
    assert result["conditions"]["pg_test_fsync"]["fdatasync"] > 0
    assert "TPC-B at scale 1" in result["yardstick"]["name"]
    assert [figure["name"] for figure in result["figures"]] == [*subjects, "yardstick against itself"]
    for figure in result["figures"]:
        assert 0 < figure["min"] <= figure["value"] <= figure["max"]
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
        assert 0 < figure["p50_ms"] <= figure["p95_ms"] <= figure["p99_ms"]
        assert figure["cpu_us"] > 0
    place, settle, _ = result["figures"]
    assert (place["target"], place["met"]) == (
        exchange.SUBJECTS["place-over-8"].target,
        place["ratio"] >= place["target"],
    )
    assert "target" not in settle
    assert code == (OK if place["met"] else REFUSED)
    assert "settle-10-over-8" in chart.read_text()


def test_a_tiny_rls_is_measured(measure) -> None:
    """A page and a point: equal pages or no figure, a target each, and the clone beside itself."""
    result, code = measure(
        "rls", "--seconds", "1", "--orders", "20000", "--read", "open orders", "--read", "one balance"
    )
    assert result["bench"] == "rls"
    assert result["conditions"]["clients"] == 8
    assert result["conditions"]["rows"]["trading.orders"] == 20000
    assert result["yardstick"]["rate"]["value"] > 0
    page, page_again, point, point_again = result["figures"]
    assert [figure["name"] for figure in result["figures"]] == [
        "open orders", "open orders, bare again", "one balance", "one balance, bare again"
    ]  # fmt: skip
    for figure in result["figures"]:
        assert figure["min"] <= figure["value"] <= figure["max"]
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
        assert figure["cpu_us"] > 0
        assert figure["pages"] > 0
    assert (page["most"], page["met"]) == (rls.MOST_GROWTH, page["ratio"] <= rls.MOST_GROWTH)
    assert (point["most"], point["met"]) == (rls.MOST_MICROSECONDS, point["value"] <= rls.MOST_MICROSECONDS)
    assert "met" not in page_again | point_again
    assert code == (OK if page["met"] and point["met"] else REFUSED)


def test_a_tiny_audit_is_measured(measure) -> None:
    """One row and many, each beside an equal table and beside an equal table that is not audited either."""
    result, code = measure("audit", "--seconds", "1")
    assert result["bench"] == "audit"
    assert result["conditions"]["rows"] == audit.BULK
    one, _, insert, insert_again, update, update_again = result["figures"]
    assert (one["target"], one["met"]) == (audit.LEAST_RATE, one["ratio"] >= audit.LEAST_RATE)
    assert (insert["most"], insert["met"]) == (audit.MOST_INSERT, insert["ratio"] <= audit.MOST_INSERT)
    assert (update["most"], update["met"]) == (audit.MOST_UPDATE, update["ratio"] <= audit.MOST_UPDATE)
    for figure in result["figures"]:
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
    # Being audited costs something: that the tables are equal but for it, the control says.
    assert insert["ratio"] > insert_again["ratio"]
    assert update["ratio"] > update_again["ratio"]
    assert code == (OK if one["met"] and insert["met"] and update["met"] else REFUSED)


def test_a_tiny_monitoring_is_measured(measure, durable_cluster: Server) -> None:
    """What the exporter's backends spend, of what the server does, and how long an answer takes."""
    try:
        result, code = measure("monitoring", "--seconds", "2", "--every", "1", "--users", "20")
    finally:
        with databases.connect(durable_cluster) as admin:
            admin.execute(f"DROP ROLE IF EXISTS {watching.LOGIN}")
    assert result["bench"] == "monitoring"
    assert result["conditions"]["answers"] >= 4
    assert result["conditions"]["leaves"] > 10
    assert result["yardstick"]["rate"]["value"] > 0
    spent, answer = result["figures"]
    assert (spent["most"], spent["met"]) == (monitoring.MOST, spent["ratio"] <= monitoring.MOST)
    # Asked every second it is seen to cost something.
    assert 0 < spent["ratio"] < 1
    assert answer["value"] > 0
    assert code == (OK if spent["met"] else REFUSED)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (("rls", "--read", "everything"), "statement page"),
        (("exchange", "--subject", "everything"), "place-over-8"),
        (("overhead", "--layer", "everything"), "leaves, triggers"),
        (("overhead", "--command", "everything"), "place, cancel, settle"),
    ],
)
def test_what_is_not_there_is_not_measured(words: tuple[str, ...], known: str) -> None:
    """A name that is none is a wrong command line, which names those that are."""
    ran = CliRunner().invoke(app, ["bench", *words])
    assert ran.exit_code == 2
    assert known in ran.stderr


def test_a_cluster_of_its_own_is_deployed_and_gone() -> None:
    """Without a test around it a bench makes its cluster on a disk, durable, and leaves nothing of it."""
    with bench.deployed() as server:
        with databases.connect(server, bench.DATABASE) as admin:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                assert admin.execute(f"SHOW {setting}").fetchone() == ("on",)
            assert admin.execute("SELECT count(*) > 0 FROM sqitch.changes").fetchone()[0]
        assert Path(server.home).is_relative_to(bench.disk_folder())
    assert not Path(server.home).exists()


def test_a_tiny_overhead_is_measured(measure) -> None:
    """A command without a layer, with it and without it again."""
    small = ("--seconds", "1", "--users", "20", "--layer", "triggers", "--command", "place")
    result, code = measure("overhead", *small)
    assert result["bench"] == "overhead"
    assert result["conditions"]["leaves"] == overhead.LEAVES == 60
    triggers = result["conditions"]["triggers"]
    assert "ledger_entries_balance on portfolio.ledger_entries" in triggers
    assert not [name for name in triggers if "audit" in name]
    place, again = result["figures"]
    assert [figure["name"] for figure in result["figures"]] == ["triggers: place", "triggers: place, without it again"]
    for figure in result["figures"]:
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
        assert figure["cpu_us"] > 0
    assert (place["most"], place["met"]) == (1.10, place["ratio"] <= 1.10)
    assert "met" not in again
    assert code == (OK if place["met"] else REFUSED)


FIRE = "SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'D' AND tgname ~ %s AND tgrelid = %s::regclass"


def test_layers_are_there_and_gone(durable_database) -> None:
    """One leaf and sixty of every partitioned table; no integrity trigger fires, and the others go on."""
    with durable_database.connect() as owner:
        for make, leaves in ((overhead.one_leaf, 1), (overhead.many_leaves, 60)):
            make(owner)
            # A month that ends while this runs adds one to one.
            assert {n for _, n in owner.execute(overhead.COUNT)} <= {leaves, leaves + (leaves == 1)}
        fire = [("_balance$", "portfolio.ledger_entries"), ("_transition$", "trading.orders")]
        assert all(owner.execute(FIRE, one).fetchone()[0] for one in fire)
        overhead.without_triggers(owner)
        assert not any(owner.execute(FIRE, one).fetchone()[0] for one in fire)
        assert owner.execute(FIRE, ["_audit_", "portfolio.transfers"]).fetchone() == (4,)


def test_pages_do_not_grow_with_the_book(durable_cluster) -> None:
    """An order takes as many pages in a book of thousands as in one of hundreds."""
    # Fewer than that fit into the roots of their indexes: one level more would be a tenth of a cancel.
    figures = buffers.growth(durable_cluster, "tradebase_template", (100, 5000), (300, 3000), 50)
    assert len(figures) == 8
    for figure in figures:
        assert figure["min"] > 10, figure  # it was counted
        assert figure["met"], figure


def test_a_tiny_ingest_is_measured(measure) -> None:
    """Bars and trades beside their yardsticks, each with its target and a control, and a fitting exit."""
    result, code = measure("ingest", "--trades", "500")
    assert result["bench"] == "ingest"
    assert result["conditions"]["settings"]["fsync"] == "on"
    assert result["conditions"]["rows"]["trades"] == 500
    assert result["conditions"]["rows"]["bars"] > 100_000
    bars, bars_control, trades, trades_control = result["figures"]
    for figure in (bars, trades):
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
        assert figure["target"] == 0.4
        assert figure["met"] == (figure["ratio"] >= 0.4)
    for control in (bars_control, trades_control):
        assert control["ratio"] > 0
        assert "target" not in control
    assert code == (OK if bars["met"] and trades["met"] else REFUSED)


def test_a_tiny_live_is_measured(measure) -> None:
    """What telling costs, how soon it is heard, cache, pooler, standby: a figure each; ratios with a control."""
    result, code = measure("live", "--seconds", "1", "--minute", "4", "--users", "20", "--clients", "12")
    assert result["bench"] == "live"
    outbox, outbox_again, heard, cached, cached_again, pooled, pooled_again, followed = result["figures"]
    assert (outbox["most"], cached["target"], pooled["target"], followed["most"]) == (1.10, 3.0, 0.8, 2.0)
    assert heard["most"] == live.LATE
    for figure in (outbox, outbox_again, cached, cached_again, pooled, pooled_again):
        assert 0 < figure["ratio_min"] <= figure["ratio"] <= figure["ratio_max"]
    judged = [figure["met"] for figure in result["figures"] if "met" in figure]
    assert len(judged) == 5
    assert code == (OK if all(judged) else REFUSED)
