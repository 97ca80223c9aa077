"""The stack at work: what a command tells arrives through relay and cache, also after the replica has taken over."""

import json
import time
import uuid
from collections.abc import Callable

import psycopg
import pytest
from stacked import Stacked

from tradebase import OK
from tradebase import database as databases
from tradebase.relay import PREFIX
from tradebase.stack import place, redis

pytestmark = pytest.mark.xdist_group("stack")
MARKET = "COINBASE:BTC-USD"


def soon(what: Callable[[], object], seconds: float = 30) -> object:
    """Return what it gives once it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def mark(stacked: Stacked, price: int) -> None:
    """Have a service say what a market is worth, through the pooler."""
    through = stacked.stack.conninfo("service_authenticator", "pgbouncer")
    with psycopg.connect(through, prepare_threshold=None) as session:
        session.execute("SET LOCAL ROLE service_role")
        session.execute("SELECT api.set_mark_price(%s, %s, now())", [MARKET, str(price)])


def arrives(stacked: Stacked, price: int) -> None:
    """Assert that a price arrives in the market's stream and in the cache."""

    def newest() -> bool:
        entry = client.xrevrange(f"{PREFIX}market:{MARKET}", count=1)
        return bool(entry) and json.loads(entry[0][1]["payload"])["mark_price"] == str(price)

    def kept() -> bool:
        value = client.hget(f"cache:market:{MARKET}", "value")
        return bool(value) and json.loads(value)["mark_price"] == str(price)

    with redis.client(stacked.stack, "reader") as client:
        soon(newest)
        soon(kept)


def test_what_is_told_arrives(stacked: Stacked) -> None:
    """A mark that comes in by the pooler is in the market's stream and in the cache; `status` counts it."""
    mark(stacked, 101)
    arrives(stacked, 101)
    soon(lambda: ", 0 waiting" in stacked.parts()["relay"]["says"])


@pytest.mark.parametrize(("price", "leader", "follower"), [(202, "replica", "primary"), (303, "primary", "replica")])
def test_the_other_takes_over(stacked: Stacked, price: int, leader: str, follower: str) -> None:
    """Promoted, it takes writes, and pooler and events go on; the old one follows it, and takes over again."""
    with psycopg.connect(stacked.stack.conninfo(databases.OWNER)) as session:
        ids = session.execute("SELECT max(id) FROM portfolio.ledger_entries").fetchone()
    ran = stacked.run("promote")
    assert ran.returncode == OK, ran.stdout + ran.stderr
    assert stacked.stack.leader == leader
    # What was in front stands in front of it.
    soon(lambda: taken(stacked, price))
    arrives(stacked, price)
    refused = stacked.run("promote")
    assert refused.returncode != OK
    assert "does not run" in refused.stderr + refused.stdout
    ran = stacked.run("rejoin")
    assert ran.returncode == OK, ran.stdout + ran.stderr
    assert "nothing" in ran.stdout
    soon(lambda: "follows" in stacked.parts()[follower]["says"])
    with psycopg.connect(stacked.stack.conninfo(databases.OWNER)) as session:
        assert session.execute("SELECT max(id) FROM portfolio.ledger_entries").fetchone() == ids
    assert place.existing(stacked.home / "stack").leader == leader
    soon(lambda: all(part["state"] == "up" for part in stacked.parts().values()))


def taken(stacked: Stacked, price: int) -> bool:
    """Say whether a mark is taken: who came in by the pooler before comes again."""
    try:
        mark(stacked, price)
    except psycopg.Error:
        return False
    return True


def test_a_user_hears_of_money(stacked: Stacked) -> None:
    """A deposit by a service is in the user's own stream, and nobody else's."""
    user = str(uuid.uuid4())
    with psycopg.connect(stacked.stack.conninfo(databases.OWNER), autocommit=True) as owner:
        owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
    through = stacked.stack.conninfo("service_authenticator", "pgbouncer")
    with psycopg.connect(through, prepare_threshold=None) as session:
        session.execute("SET LOCAL ROLE service_role")
        session.execute("SELECT api.deposit(%s, 'USD', 5, 'heard', 'heard')", [user])
    with redis.client(stacked.stack, "reader") as client:
        (entry,) = soon(lambda: client.xrange(f"{PREFIX}user:{user}"))
        (transfer,) = json.loads(entry[1]["payload"])["transfers"]
    assert (transfer["kind"], transfer["amount"], transfer["is_incoming"]) == ("deposit", "5", True)
