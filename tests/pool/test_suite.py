"""What the package promises, it promises through the pool: its storms, its pgTAP files, and PostgREST in tests/rest."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pooled import PASSWORD, Pooled, give_passwords, pool_of

from tradebase import PROJECT, tap
from tradebase import database as databases
from tradebase.server import Server
from tradebase.stack.pgbouncer import Pooler
from tradebase.storm import CLIENTS, REFUSALS, Board, Client, conserved, rage, set_up, violations

pytestmark = pytest.mark.xdist_group("pool")
LOGIN = "t_storm"
TEMPLATE = "tradebase_template"
FILES = sorted(file for file in (PROJECT / "tests").rglob("*.sql") if not tap.wants_history(file))
# What clients do with orders always, everything else with --full.
SOON = re.compile(r"tests/api/\w*order\w*\.sql")


@pytest.fixture
def stormy(pooled_cluster: Server) -> Iterator[Pooled]:
    """Give a database of its own, and a login of a program that may be everybody who sends commands."""
    with (
        databases.temporary_clone(pooled_cluster, TEMPLATE, "stormy") as name,
        pool_of(pooled_cluster, name) as pool,
        pool.as_superuser() as admin,
    ):
        admin.execute(
            f"CREATE ROLE {LOGIN} LOGIN NOINHERIT PASSWORD '{PASSWORD}' "
            "IN ROLE authenticated, service_role, tradebase_engine, tradebase_worker, tradebase_operator"
        )
        # Or the owner, who watches, does not see what its sessions wait for.
        admin.execute(f"GRANT {LOGIN} TO {databases.OWNER}")
        yield pool
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [LOGIN])
        admin.execute(f"DROP ROLE {LOGIN}")


def test_a_storm_through_the_pool_breaks_nothing(stormy: Pooled, seed: int, request: pytest.FixtureRequest) -> None:
    """Sixteen clients share ten connections: each command does what it says, or is refused as it says."""
    with stormy.direct() as owner:
        set_up(owner)
    board = Board()
    clients = [Client(number, seed, board) for number in range(1, CLIENTS + 1)]
    end, full = time.monotonic() + 60, request.config.option.full
    storm = rage(
        lambda: stormy.connect(LOGIN),
        clients,
        lambda sent: time.monotonic() < end if full else sent < 100,
        as_owner=stormy.direct,
    )
    print(f"{sum(storm.outcomes.values())} commands: {sorted(storm.outcomes.items())}")
    print(f"Sessions seen waiting: {storm.waits}. Checked {storm.checks} times.")
    assert storm.unexpected == []
    assert storm.violations == []
    with stormy.direct() as owner:
        assert violations(owner) == []
        assert conserved(owner, storm) == []
    done = {kind for kind in REFUSALS if storm.outcomes[kind, "done"]}
    assert done >= {"place_order", "place_orders", "cancel_order", "settle_trades", "deposit", "transfer"}
    assert {code for _, code in storm.outcomes} >= {"TR101", "TR202", "TR301"}
    assert storm.checks > 0
    assert storm.waits["advisory"] > 0


@pytest.fixture(scope="module")
def with_owner(pooled_cluster: Server) -> Iterator[Pooled]:
    """Give a database of its own whose owner is let in, as pgbouncer.ini warns: being in the userlist is enough."""

    def let_in(pooler: Pooler) -> None:
        pooler.userlist.write_text(f'{pooler.userlist.read_text()}"{databases.OWNER}" "{PASSWORD}"\n')

    with (
        databases.temporary_clone(pooled_cluster, TEMPLATE, "with_owner") as name,
        pool_of(pooled_cluster, name, change=let_in) as pool,
    ):
        give_passwords(pooled_cluster, databases.OWNER)
        with pool.as_superuser() as admin:
            # Where pgTAP is: no client may say so at its start.
            admin.execute(f"ALTER ROLE {databases.OWNER} IN DATABASE {name} SET search_path = tap")
        yield pool


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(file, id=name, marks=() if SOON.fullmatch(name) else pytest.mark.full)
        for file in FILES
        for name in [str(file.relative_to(PROJECT))]
    ],
)
def test_a_file_of_assertions(with_owner: Pooled, file: Path) -> None:
    """Each is one transaction, taken back: it passes as past the pool, whatever ran in the session before."""
    ran = with_owner.run([databases.psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", str(file)], databases.OWNER)
    assertions, why = tap.judge(ran)
    assert why == ""
    assert [f"{a.number} {a.name} {a.detail}" for a in assertions if a.outcome == "failed"] == []
