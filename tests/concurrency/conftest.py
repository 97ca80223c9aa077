"""What every test of this folder is given."""

from collections.abc import Iterator

import pytest
from exchange import Exchange


@pytest.fixture
def exchange(database) -> Iterator[Exchange]:
    """Yield a market of the test's own."""
    made = Exchange(database)
    yield made
    made.close()
