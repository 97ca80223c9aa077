"""What every test of this folder is given. They are one group: one worker, one pair of servers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from clients import CLIENTS, JavaScript, Python
from pooled import Pooled
from world import World

from tradebase.postgrest import Rest, rest_api

# What also runs through PgBouncer every time; everything else does with --full.
POOLED_SOON = ("test_functions.py",)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that asks PostgREST twice: past the pool, and through it."""
    if "rest_database" in metafunc.fixturenames:
        marks = () if metafunc.definition.path.name in POOLED_SOON else pytest.mark.full
        ways = ["direct", pytest.param("pooled", marks=marks)]
        metafunc.parametrize("way", ways, indirect=True, scope="session")


@pytest.fixture(scope="session")
def way(request: pytest.FixtureRequest) -> Pooled | None:
    """Give the pool that PostgREST comes in by; None where it comes by none."""
    return request.getfixturevalue("pooled") if request.param == "pooled" else None


@pytest.fixture(scope="session")
def rest_database(rest_database, way: Pooled | None) -> object:
    """Give one clone to all tests that go through PostgREST the same way; its owner goes past the pool."""
    return replace(rest_database, server=way.server, name=way.name) if way else rest_database


@pytest.fixture(scope="session")
def rest(rest_database, way: Pooled | None) -> Iterator[Rest]:
    """Give both doors in front of that clone, and who makes tokens for them."""
    with way.rest_api() if way else rest_api(rest_database.server, rest_database.name) as doors:
        yield doors


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
