"""A server of its own, whose health is made worse for real and better again."""

from collections.abc import Iterator

import pytest
from watched import WATCHER, Watched

from tradebase import database as databases
from tradebase.embedded import pg_dump
from tradebase.server import Server

# Room for few sessions, so that a test can take it; an archive that takes whatever comes.
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "archive_mode": "on",
    "archive_command": "true",
    "max_connections": "30",
    "max_prepared_transactions": "5",
    "max_locks_per_transaction": "1024",
}


@pytest.fixture(scope="session")
def watched_server(cluster_starter) -> Iterator[Server]:
    """Give the server, with the roles of the package in it."""
    with cluster_starter(settings=SETTINGS) as server:
        databases.prepare(server, "roles", test_tools=False)
        databases.sqitch(server, "roles", "deploy", "--to-change", "platform")
        with databases.connect(server) as admin:
            admin.execute(f"CREATE ROLE {WATCHER} LOGIN IN ROLE tradebase_monitor")
        yield server


@pytest.fixture(scope="session")
def watched(watched_server: Server, template) -> Watched:
    """Give a database with the package and nobody in it."""
    source = template.server
    with databases.temporary_clone(source, template.name, "watched_source") as clone:
        databases.copy(pg_dump(source), source, clone, watched_server, "watched")
    with databases.connect(watched_server) as admin:
        admin.execute("GRANT pg_read_all_stats TO tradebase_monitor")
    return Watched(watched_server, "watched")
