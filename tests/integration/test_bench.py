"""The benches for their shape and their pages; what they time is nobody's test."""

import json
import subprocess
import sys
from pathlib import Path

from tradebase.bench import REFUSED, audit, buffers, exchange, rls

COMMAND = str(Path(sys.executable).parent / "tradebase")
TINY = ("--rounds", "1", "--seconds", "1", "--scale", "1", "--users", "20")


def test_a_tiny_exchange_is_measured(tmp_path: Path) -> None:
    """Two subjects beside their yardstick: every figure that is promised, and an exit code that fits them."""
    subjects = ("place-over-8", "settle-10-over-8")
    chosen = [word for name in subjects for word in ("--subject", name)]
    chart = tmp_path / "chart.svg"
    ran = subprocess.run(
        [COMMAND, "bench", "exchange", "--json", *TINY, *chosen, "--chart", str(chart)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    result = json.loads(ran.stdout)
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
    assert ran.returncode == (0 if place["met"] else REFUSED)
    assert "settle-10-over-8" in chart.read_text()


def bench_of(name: str, *options: str) -> tuple[dict[str, object], int]:
    """Run a bench and return what it printed, and its exit code."""
    ran = subprocess.run(
        [COMMAND, "bench", name, "--json", "--rounds", "1", "--seconds", "1", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    return json.loads(ran.stdout), ran.returncode


def test_a_tiny_rls_is_measured() -> None:
    """A page and a point: equal pages or no figure, a target each, and the clone beside itself."""
    result, code = bench_of("rls", "--orders", "20000", "--read", "open orders", "--read", "one balance")
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
    assert code == (0 if page["met"] and point["met"] else REFUSED)


def test_a_tiny_audit_is_measured() -> None:
    """One row and many, each beside an equal table and beside an equal table that is not audited either."""
    result, code = bench_of("audit")
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
    assert code == (0 if one["met"] and insert["met"] and update["met"] else REFUSED)


def test_an_unknown_read_is_refused() -> None:
    """A read that is not there is a wrong command line, which names those that are."""
    ran = subprocess.run(
        [COMMAND, "bench", "rls", "--read", "everything"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "statement page" in ran.stderr


def test_an_unknown_subject_is_refused() -> None:
    """A subject that is not there is a wrong command line, which names those that are."""
    ran = subprocess.run(
        [COMMAND, "bench", "exchange", "--subject", "everything"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "place-over-8" in ran.stderr


def test_pages_do_not_grow_with_the_book(durable_cluster) -> None:
    """An order takes as many pages in a book of thousands as in one of hundreds."""
    # Fewer than that fit into the roots of their indexes: one level more would be a tenth of a cancel.
    figures = buffers.growth(durable_cluster, "tradebase_template", (100, 5000), (300, 3000), 50)
    assert len(figures) == 8
    for figure in figures:
        assert figure["min"] > 10, figure  # it was counted
        assert figure["met"], figure


def test_a_tiny_ingest_is_measured() -> None:
    """Bars and trades beside their yardsticks, each with its target and a control, and a fitting exit."""
    ran = subprocess.run(
        [COMMAND, "bench", "ingest", "--json", "--rounds", "1", "--trades", "500"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout, ran.stderr
    result = json.loads(ran.stdout)
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
    assert ran.returncode == (0 if bars["met"] and trades["met"] else REFUSED)
