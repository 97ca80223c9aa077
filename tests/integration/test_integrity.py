"""ops.verify_integrity() would notice: every invariant is broken once, past all protection, and is named."""

import json
import uuid

import psycopg
import pytest

from tradebase.database import OWNER

ALICE, BOB = uuid.UUID(int=0xA11CE), uuid.UUID(int=0xB0B)
FEES, ADJUSTMENT = (uuid.UUID(f"00000000-0000-7000-8000-00000000000{n}") for n in (1, 3))

# What the break does, and the checks that must report it. An invariant that follows from others cannot fail alone.
ENTRY = (
    "INSERT INTO portfolio.ledger_entries (journal_id, reason, ref_id, user_id, asset_id, d_available, d_held) "
    f"SELECT %s, 'adjustment', gen_random_uuid(), '{ADJUSTMENT}', id, %s, 0 FROM market.assets WHERE code = 'T1USD';"
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
        "UPDATE market.assets SET scale = 0, display_scale = 0 WHERE code = 'T1FEE'",
        {"I20"},
    ),
    "an entry refers to no transfer": (
        f"UPDATE portfolio.ledger_entries SET ref_id = gen_random_uuid() WHERE user_id = '{BOB}'",
        {"I21"},
    ),
    "a market is finer than its assets": (
        "INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size) "
        "SELECT 'T1USD-T1FEE', q.id, b.id, 0.00000001, 0.1 FROM market.assets AS b, market.assets AS q "
        "WHERE b.code = 'T1FEE' AND q.code = 'T1USD'",
        {"I20"},
    ),
    # Nobody's entries are a customer's that no balance answers for, and a link of Bob's chain is gone.
    "an entry belongs to nobody": (
        f"UPDATE portfolio.ledger_entries SET user_id = gen_random_uuid() WHERE user_id = '{BOB}' AND version = 1",
        {"I2", "I10", "I21"},
    ),
    "a withdrawal is never booked": (
        "INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, "
        f"completed_at) SELECT t.id, '{BOB}', a.id, 'withdrawal', 'completed', 7, 'out', core.uuid7_time(t.id), "
        "core.uuid7_time(t.id) FROM market.assets AS a, (SELECT core.uuid7() AS id) AS t WHERE a.code = 'T1USD'",
        {"I13"},
    ),
    "a fee is forgotten": ("UPDATE trading.orders SET fee_total = fee_total + 1 WHERE status = 'filled'", {"I4"}),
    "a closed order still holds": (
        "ALTER TABLE trading.orders DROP CONSTRAINT orders_hold_check; "
        "UPDATE trading.orders SET hold = 1 WHERE status = 'canceled'",
        {"I5"},
    ),
    "a position forgets a fee": ("UPDATE trading.positions SET fees = fees + 1", {"I6"}),
    # One side of a position that its fills do not make.
    "a position grows by itself": (
        f"UPDATE trading.positions SET quantity = quantity + 1 WHERE user_id = '{ALICE}'",
        {"I6", "I11"},
    ),
    "both sides of a trade came in": ("UPDATE trading.fills SET liquidity = 'taker'", {"I7"}),
    "a trade goes through a limit": ("UPDATE trading.orders SET price = 99 WHERE status = 'filled'", {"I8"}),
    "fees go elsewhere": (
        f"UPDATE portfolio.ledger_entries SET user_id = identity.system_user_id('adjustment') WHERE user_id = '{FEES}'",
        {"I13"},
    ),
    "a trade is lost": (
        "UPDATE market.market_state SET last_trade_seq = 2, last_engine_seq = 2",
        {"I14"},
    ),
    "a name leads elsewhere": ("UPDATE trading.client_orders SET order_id = gen_random_uuid()", {"I15"}),
    "a trade has another time": (
        "ALTER TABLE trading.trades DROP CONSTRAINT trades_executed_at_check; "
        "UPDATE trading.trades SET executed_at = executed_at - INTERVAL '1 microsecond'",
        {"I16"},
    ),
    # A hold that is too small is also one that no balance holds.
    "an order holds too little": ("UPDATE trading.orders SET hold = hold / 2 WHERE status = 'open'", {"I3", "I18"}),
    "an order is in no market": ("UPDATE trading.orders SET market_id = -1 WHERE status = 'canceled'", {"I21"}),
    "the runway ends": (
        "DO $$ DECLARE leaf regclass; BEGIN FOR leaf IN SELECT b.leaf FROM ops.partition_bounds("
        "'market.price_history') AS b WHERE b.from_at > now() LOOP EXECUTE format('DROP TABLE %s', leaf); "
        "END LOOP; END $$",
        {"I21"},
    ),
}


@pytest.fixture
def books(database):
    """Give a superuser's connection to books with deposits, orders and a trade, in a clone that is dropped."""
    with database.connect(OWNER) as owner:
        owner.execute("INSERT INTO auth.users (id) VALUES (%s), (%s)", [ALICE, BOB])
        owner.execute(
            "INSERT INTO market.assets (code, name, kind, scale, display_scale) "
            "VALUES ('T1USD', 'T1USD', 'fiat', 2, 2), ('T1FEE', 'T1FEE', 'crypto', 8, 8)"
        )
        owner.execute(
            "INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size, "
            "taker_fee_rate) SELECT 'T1FEE-T1USD', b.id, q.id, 'open', 'external', 1, 0.1, 0.01 "
            "FROM market.assets AS b, market.assets AS q WHERE b.code = 'T1FEE' AND q.code = 'T1USD'"
        )
        owner.execute("SET ROLE service_role")
        for user, amount, key in ((ALICE, "100.50", "a1"), (ALICE, "50", "a2"), (BOB, "30", "b1")):
            owner.execute("SELECT api.deposit(%s, 'T1USD', %s::numeric, %s, %s)", [user, amount, key, key])
        owner.execute("SELECT api.deposit(%s, 'T1FEE', 5.5, 'b2', 'b2')", [BOB])
        # A trade that fills Alice's order, one that rests, and one that was canceled.
        owner.execute("RESET ROLE")
        maker = place(owner, ALICE, "buy", 1, 100, "first")
        taker = place(owner, BOB, "sell", 2, 100)
        place(owner, ALICE, "buy", 1, 20)
        canceled = place(owner, BOB, "sell", 1, 300)
        owner.execute("SELECT trading.cancel_order_for(%s, %s)", [BOB, canceled])
        trade = {"maker_order_id": maker, "taker_order_id": taker, "price": "100", "quantity": "1"}
        batch = [{"market": "T1FEE-T1USD", "first_seq": 1, "events": [trade]}]
        owner.execute("SELECT trading.settle_trades(%s)", [json.dumps(batch)])
    with database.connect_as_superuser() as superuser:
        yield superuser


def place(connection, user: uuid.UUID, side: str, quantity: float, price: float, name: str | None = None) -> str:
    """Place an order and return its id."""
    (placed,) = connection.execute(
        "SELECT trading.place_order_for(%s, 'T1FEE-T1USD', %s, 'limit', %s::numeric, %s::numeric, "
        "client_order_id => %s)",
        [user, side, quantity, price, name],
    ).fetchone()
    return placed["order"]["id"]


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
            "trading.orders",
            "trading.trades",
            "trading.fills",
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
