"""The bench of restores for its shape: what it times is nobody's test."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradebase.bench import OK, REFUSED, disk_folder
from tradebase.cli import app

pytestmark = pytest.mark.xdist_group("retention")


@pytest.fixture
def own_folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a folder on the disk that nobody else uses, and have it be where clusters are made."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=disk_folder()))
    folder.chmod(0o755)
    monkeypatch.setenv("TRADEBASE_HOME", str(folder))
    yield folder
    shutil.rmtree(folder)


def test_restores_are_measured_beside_a_copy(own_folder: Path) -> None:
    """A rate and s/GB of each repository, what the archive had not got yet, and nothing left on the disk."""
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
    assert list(own_folder.iterdir()) == []
