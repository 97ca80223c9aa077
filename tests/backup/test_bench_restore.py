"""The bench of restores for its shape: what it times is nobody's test."""

import json

import pytest
from typer.testing import CliRunner

from tradebase.bench import OK, REFUSED, disk_folder
from tradebase.cli import app

pytestmark = pytest.mark.xdist_group("retention")


def test_restores_are_measured_beside_a_copy() -> None:
    """A rate and s/GB of each repository, what the archive had not got yet, and nothing left on the disk."""
    before = {*disk_folder().glob("tradebase-*")}
    ran = CliRunner().invoke(
        app, ["bench", "restore", "--json", "--megabytes", "10", "--rounds", "1", "--seconds", "1"]
    )
    assert ran.exit_code in (OK, REFUSED), ran.output
    result = json.loads(ran.stdout)
    assert result["bench"] == "restore"
    assert result["conditions"]["bytes"] > 10 << 20
    figures = {figure["name"]: figure for figure in result["figures"]}
    for number in (1, 2):
        rate, per_gb = figures[f"repository {number}"], figures[f"s/GB from repository {number}"]
        assert rate["target"] == 0.3
        assert rate["value"] > 0
        assert per_gb["value"] == pytest.approx(1000 / rate["value"])
        assert figures[f"in no segment of repository {number}"]["most"] == 10
        assert figures[f"in no segment of repository {number}"]["value"] > 0
    assert {*disk_folder().glob("tradebase-*")} - before == set()
