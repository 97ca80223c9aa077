"""Servers killed in mid-storm lose nothing that was acknowledged, and do nothing twice when it is sent again."""

from pathlib import Path

import pytest

from tradebase.crashes import storm_with_kills
from tradebase.storm import set_up

# One worker: they share a cluster with the replays that are killed.
pytestmark = pytest.mark.xdist_group("durable")


def test_what_was_acknowledged_outlives_kill_9(
    durable_database, seed: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What was not answered was done once or not at all; sent again, everything has been done once."""
    options = request.config.option
    kills = options.kills or (20 if options.full else 3)
    with durable_database.connect() as owner:
        set_up(owner)
    crashes = storm_with_kills(durable_database.server, durable_database.name, seed, kills, tmp_path)
    print(f"{crashes.kills}: {crashes.outcomes.total()} commands answered.")
    print(f"{crashes.in_flight} in flight, {crashes.arrived} of them committed.")
    print(sorted(crashes.outcomes.items()))
    assert crashes.lost == []
    assert crashes.doubled == []
    assert crashes.changed == []
    assert crashes.unsent == []
    assert crashes.unexpected == []
    assert crashes.violations == []
    assert crashes.in_flight > 0
    log = Path(durable_database.server.log).read_text()
    assert log.count("automatic recovery in progress") >= kills
