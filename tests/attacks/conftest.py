"""What every attack is given, and what is looked at after each: nothing was heard, nothing has changed."""

import re
from collections.abc import Callable, Iterator

import pytest
from stage import Stage

from tradebase.postgrest import rest_api


@pytest.fixture(scope="session")
def stage(attacked_database) -> Iterator[Stage]:
    """Give the stage: a clone and a pair of doors that nobody else comes in by."""
    with rest_api(attacked_database.server, attacked_database.name) as doors:
        made = Stage(attacked_database, doors)
        yield made
        made.close()


@pytest.fixture(autouse=True)
def oracle(request: pytest.FixtureRequest, tally: Callable[..., None]) -> Iterator[None]:
    """Look after each attack at what was heard and at what is there, and count the attack."""
    if re.match(r"test_[am]\d\d_", request.node.name):
        tally("attacks", 1, "executed")
    if request.module.__name__ == "test_transport":
        # It attacks the stack, on another worker, whose own stage would hear what is said on this one.
        yield
        return
    stage = request.getfixturevalue("stage")
    yield
    leaks, before, after = stage.leaks(), stage.baseline, stage.fingerprint()
    # The next attack answers for itself alone.
    stage.baseline = after
    assert leaks == [], "somebody heard what is the victim's alone"
    assert [name for name in before if before[name] != after[name]] == [], "the attack has changed something"
