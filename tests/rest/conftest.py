"""What every test of this folder is given. They are one group: one worker, one pair of servers."""

from collections.abc import Iterator

import pytest
from clients import CLIENTS, JavaScript, Python
from world import World


@pytest.fixture(scope="session")
def client(request: pytest.FixtureRequest) -> Iterator[Python | JavaScript]:
    """Give the client that a test is parametrized with, supabase-py where it does not matter."""
    made = CLIENTS[getattr(request, "param", "supabase-py")]()
    yield made
    made.close()


@pytest.fixture(scope="session")
def world(rest_database, rest, client) -> Iterator[World]:
    """Give the markets, seen by a client."""
    made = World(rest_database, rest, client)
    yield made
    made.close()
