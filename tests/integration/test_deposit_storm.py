"""Fifty clients at once send a deposit: one key moves money once, fifty keys move it fifty times."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

CLIENTS = 50
USER = uuid.UUID("00000000-0000-4000-8000-000000000050")
AMOUNT = "1.25"


def sign_up(database) -> None:
    """Make the user and the asset of the test."""
    with database.connect() as owner, owner.transaction():
        owner.execute("INSERT INTO auth.users (id, email) VALUES (%s, 'storm@example.org')", [USER])
        owner.execute(
            """
            INSERT INTO market.assets (code, name, kind, scale, display_scale)
            SELECT 'USD', 'US dollar', 'fiat', 18, 2
            WHERE NOT EXISTS (SELECT FROM market.assets WHERE code = 'USD')
            """
        )


def storm(database, keys: list[str]) -> list[dict[str, object]]:
    """Send one deposit per key, all at the same moment, each on a connection of its own; return the answers."""
    ready = Barrier(len(keys))

    def send(key: str) -> dict[str, object]:
        with database.connect() as client, client.transaction():
            client.execute("SET LOCAL ROLE service_role")
            ready.wait(timeout=30)
            return client.execute(
                """
                SELECT api.deposit(
                    user_id => %s, asset => 'USD', amount => %s, idempotency_key => %s, external_ref => %s
                )
                """,
                [USER, AMOUNT, key, key],
            ).fetchone()[0]

    with ThreadPoolExecutor(len(keys)) as clients:
        return list(clients.map(send, keys))


def counts(database) -> tuple[int, int, str]:
    """Return the transfers, the journals and the balance of the user."""
    with database.connect() as owner:
        return owner.execute(
            """
            SELECT
                (SELECT count(*) FROM portfolio.transfers WHERE user_id = %(user)s),
                (SELECT count(DISTINCT journal_id) FROM portfolio.ledger_entries WHERE user_id = %(user)s),
                (SELECT trim_scale(sum(available)) FROM portfolio.balances WHERE user_id = %(user)s)::text
            """,
            {"user": USER},
        ).fetchone()


def violations(database) -> list[tuple]:
    """Return the integrity checks that count something bad; there must be checks."""
    with database.connect() as owner:
        checks = owner.execute("SELECT check_name, bad_count, sample FROM ops.verify_integrity()").fetchall()
    assert checks
    return [check for check in checks if check[1] != 0]


def test_one_key_deposits_once(database) -> None:
    """All fifty get the same answer; there is one transfer, one journal, and the money once."""
    sign_up(database)
    answers = storm(database, ["storm"] * CLIENTS)
    assert {answer["id"] for answer in answers} == {answers[0]["id"]}
    assert sorted(answer["replayed"] for answer in answers) == [False] + [True] * (CLIENTS - 1)
    assert counts(database) == (1, 1, "1.25")
    assert violations(database) == []


def test_fifty_keys_deposit_fifty_times(database) -> None:
    """Fifty different deposits wait for one another and all arrive."""
    sign_up(database)
    answers = storm(database, [f"storm-{number}" for number in range(CLIENTS)])
    assert len({answer["id"] for answer in answers}) == CLIENTS
    assert counts(database) == (CLIENTS, CLIENTS, "62.5")
    assert violations(database) == []
