"""ops.verify_integrity() would notice: every invariant is broken once, past all protection, and is named."""

import uuid

import psycopg
import pytest

from tradebase.database import OWNER

ALICE, BOB = uuid.UUID(int=0xA11CE), uuid.UUID(int=0xB0B)
FEES = uuid.UUID("00000000-0000-7000-8000-000000000001")

# What the break does, and the checks that must report it. An invariant that follows from others cannot fail alone.
ENTRY = (
    "INSERT INTO portfolio.ledger_entries (journal_id, reason, ref_id, user_id, asset_id, d_available, d_held) "
    f"SELECT %s, 'adjustment', gen_random_uuid(), '{FEES}', id, %s, 0 FROM market.assets WHERE code = 'T1USD';"
)
BREAKS = {
    # Money out of nothing: I12 is I1 journal by journal, and I22 the same sum with balances for customers.
    "money is made": (ENTRY % ("gen_random_uuid()", 5), {"I1", "I12", "I22"}),
    "two wrong journals hide each other": (
        ENTRY % ("gen_random_uuid()", 5) + ENTRY % ("gen_random_uuid()", -5),
        {"I12"},
    ),
    "a balance counts an entry too many": ("UPDATE portfolio.balances SET version = version + 1", {"I2"}),
    # The customers' side of I22 is the balances of I2.
    "a balance is raised": (
        f"UPDATE portfolio.balances SET available = available + 1 WHERE user_id = '{ALICE}'",
        {"I2", "I22"},
    ),
    "money is held for nothing": (
        "SELECT portfolio.post_journal(gen_random_uuid(), 'order_hold', gen_random_uuid(), "
        f"ARRAY['{ALICE}'::uuid], ARRAY[(SELECT id FROM market.assets WHERE code = 'T1USD')], ARRAY[-10], ARRAY[10])",
        {"I3"},
    ),
    "an entry is rewritten": (
        "UPDATE portfolio.ledger_entries SET available_after = available_after + 1 "
        f"WHERE user_id = '{ALICE}' AND version = 1",
        {"I10"},
    ),
    "a deposit is never booked": (
        "INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, "
        f"completed_at) SELECT t.id, '{BOB}', a.id, 'deposit', 'completed', 7, 'never', core.uuid7_time(t.id), "
        "core.uuid7_time(t.id) FROM market.assets AS a, (SELECT core.uuid7() AS id) AS t WHERE a.code = 'T1USD'",
        {"I13"},
    ),
    "a transfer is backdated": (
        "ALTER TABLE portfolio.transfers DROP CONSTRAINT transfers_created_at_check; "
        "UPDATE portfolio.transfers SET created_at = created_at - INTERVAL '1 day'",
        {"I16"},
    ),
    "an asset loses its decimals": (
        "UPDATE market.assets SET scale = 0, display_scale = 0 WHERE code = 'T1USD'",
        {"I20"},
    ),
    "an entry refers to no transfer": (
        f"UPDATE portfolio.ledger_entries SET ref_id = gen_random_uuid() WHERE user_id = '{BOB}'",
        {"I21"},
    ),
    "a market is finer than its assets": (
        "INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size) "
        "SELECT 'T1FEE-T1USD', b.id, q.id, 0.01, 0.1 FROM market.assets AS b, market.assets AS q "
        "WHERE b.code = 'T1FEE' AND q.code = 'T1USD'",
        {"I20"},
    ),
    # Nobody's entries are a customer's that no balance answers for.
    "an entry belongs to nobody": (
        f"UPDATE portfolio.ledger_entries SET user_id = gen_random_uuid() WHERE user_id = '{BOB}'",
        {"I2", "I21"},
    ),
    "a withdrawal is never booked": (
        "INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, "
        f"completed_at) SELECT t.id, '{BOB}', a.id, 'withdrawal', 'completed', 7, 'out', core.uuid7_time(t.id), "
        "core.uuid7_time(t.id) FROM market.assets AS a, (SELECT core.uuid7() AS id) AS t WHERE a.code = 'T1USD'",
        {"I13"},
    ),
    "the runway ends": (
        "DO $$ DECLARE leaf regclass; BEGIN FOR leaf IN SELECT b.leaf FROM ops.partition_bounds("
        "'market.price_history') AS b WHERE b.from_at > now() LOOP EXECUTE format('DROP TABLE %s', leaf); "
        "END LOOP; END $$",
        {"I21"},
    ),
}


@pytest.fixture
def books(database):
    """Give a superuser's connection to books with three deposits; what it does is rolled back with the clone."""
    with database.connect(OWNER) as owner:
        owner.execute("INSERT INTO auth.users (id) VALUES (%s), (%s)", [ALICE, BOB])
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) "
            "VALUES ('T1USD', 'T1USD', 'fiat', 2, 2), ('T1FEE', 'T1FEE', 'crypto', 8, 8)"
        )
        owner.execute("SET ROLE service_role")
        for user, amount, key in ((ALICE, "100.50", "a1"), (ALICE, "50", "a2"), (BOB, "30", "b1")):
            owner.execute("SELECT api.deposit(%s, 'T1USD', %s::numeric, %s, %s)", [user, amount, key, key])
    with database.connect_as_superuser() as superuser:
        yield superuser


def violations(connection) -> set[str]:
    """Return the numbers of the checks that report something, each with a sample of what it found."""
    found = connection.execute("SELECT check_name, bad_count, sample FROM ops.verify_integrity()").fetchall()
    assert all((bad_count > 0) == bool(sample) for _, bad_count, sample in found)
    return {name.split()[0] for name, bad_count, _ in found if bad_count}


def test_honest_books_have_no_violation(books):
    """Nothing is reported before anything is broken."""
    assert violations(books) == set()


@pytest.mark.parametrize("broken_by", BREAKS)
def test_a_broken_invariant_is_named(books, broken_by):
    """Exactly the invariants that were broken are reported."""
    statement, expected = BREAKS[broken_by]
    with books.transaction(force_rollback=True):
        for table in (
            "portfolio.ledger_entries",
            "portfolio.transfers",
            "portfolio.balances",
            "market.assets",
            "market.markets",
        ):
            books.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        books.execute(statement)
        assert violations(books) == expected


def test_every_invariant_is_broken_once(books):
    """A new check needs its break."""
    checks = {name.split()[0] for (name,) in books.execute("SELECT check_name FROM ops.verify_integrity()")}
    assert checks == set().union(*(expected for _, expected in BREAKS.values()))


@pytest.mark.parametrize("of_leaf", [False, True], ids=["the table", "a leaf by its own name"])
def test_a_journal_that_is_no_zero_sum_cannot_be_copied_in(books, of_leaf):
    """COPY, even by one whom row level security does not bind, is held to the zero sum: TR901, and nothing is kept."""
    table = "portfolio.ledger_entries"
    if of_leaf:
        (table,) = books.execute(
            "SELECT leaf::text FROM ops.partition_bounds(%s) WHERE now() >= from_at AND now() < to_at", [table]
        ).fetchone()
    (now, before) = books.execute("SELECT now(), count(*) FROM portfolio.ledger_entries").fetchone()
    with pytest.raises(psycopg.Error) as refused, books.cursor() as cursor:
        columns = "id, created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held"
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            copy.write_row([1, now, uuid.uuid4(), "adjustment", uuid.uuid4(), FEES, 1, "5", "0"])
    assert refused.value.sqlstate == "TR901"
    assert books.execute("SELECT count(*) FROM portfolio.ledger_entries").fetchone() == (before,)
