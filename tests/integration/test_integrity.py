"""ops.verify_integrity() would notice: every invariant is broken once, past all protection, and is named."""

import json
import random
import uuid

import psycopg
import pytest

from tradebase.database import OWNER

ALICE, BOB = uuid.UUID(int=0xA11CE), uuid.UUID(int=0xB0B)
FEES, ADJUSTMENT = (uuid.UUID(f"00000000-0000-7000-8000-00000000000{n}") for n in (1, 3))

# What the break does, and the checks that must report it. An invariant that follows from others cannot fail alone.
ENTRY = (
    "INSERT INTO portfolio.ledger_entries (journal_id, reason, ref_id, user_id, asset_id, d_available, d_held) "
    f"SELECT %s, 'opening', gen_random_uuid(), '{ADJUSTMENT}', id, %s, 0 FROM market.assets WHERE code = 'T1USD';"
)
# The order that was canceled becomes one that stood in a book that is matched here while the trade went past it.
STOOD = (
    "UPDATE trading.trades SET engine_seq = NULL; "
    "UPDATE trading.orders SET side = 'buy', price = {price}, seq = {seq}, user_id = '{user}', "
    "closed_at = closed_at + INTERVAL '1 minute' WHERE status = 'canceled'"
)
# The trade is taken back, and then something is done to what that wrote.
BUST = "SELECT trading.bust_trade('T1FEE-T1USD', 1, 'a test'); "
# Everybody's portfolio is written down, and then something is done to what was written.
SNAPSHOT = (
    "UPDATE system.system_config SET value = '\"T1USD\"' WHERE key = 'reporting_asset'; "
    "SELECT market.set_valuation_market('T1FEE', 'T1FEE-T1USD'); "
    "SELECT market.set_mark_price('T1FEE-T1USD', 100, '2026-01-01'); "
    "SELECT portfolio.snapshot_portfolio('intraday', clock_timestamp()); "
)
REWRITE = (
    "UPDATE portfolio.portfolio_snapshots AS s SET holdings = ("
    "SELECT jsonb_object_agg(h.key, h.value || {}) FROM jsonb_each(s.holdings) AS h)"
)
BREAKS = {
    "a snapshot is worth more than what is in it": (
        SNAPSHOT + "UPDATE portfolio.portfolio_snapshots SET equity = equity + 1, cash = cash + 1",
        {"I25"},
    ),
    "a snapshot has what somebody had before": (SNAPSHOT + REWRITE.format("'{\"version\": 1}'"), {"I25"}),
    "a snapshot has an entry that is not there": (SNAPSHOT + REWRITE.format("'{\"version\": 1000}'"), {"I25"}),
    "a snapshot has what came after it": (
        SNAPSHOT + REWRITE.format("jsonb_build_object('moved_at', s.taken_at, 'version', 1000)"),
        {"I25"},
    ),
    "a bust is forgotten": (BUST + "DELETE FROM trading.trade_busts", {"I6", "I13", "I21", "I23", "I24"}),
    "a bust is of no trade": (BUST + "UPDATE trading.trade_busts SET trade_seq = 7", {"I21"}),
    "a bust names another journal": (BUST + "UPDATE trading.trade_busts SET journal_id = gen_random_uuid()", {"I21"}),
    "a busted trade still makes a position": (
        BUST + f"UPDATE trading.positions SET quantity = CASE user_id WHEN '{ALICE}' THEN 1 ELSE -1 END",
        {"I6"},
    ),
    "a bust moves back more than its trade moved": (
        BUST + "SELECT portfolio.post_journal(b.journal_id, 'trade_bust', b.trade_id, "
        f"ARRAY['{ALICE}', '{BOB}']::uuid[], ARRAY[a.id, a.id], ARRAY[-1, 1], ARRAY[0, 0]) "
        "FROM trading.trade_busts AS b, market.assets AS a WHERE a.code = 'T1USD'",
        {"I23", "I24"},
    ),
    "a trade pays somebody else": (
        "SELECT portfolio.post_journal(gen_random_uuid(), 'trade', gen_random_uuid(), "
        f"ARRAY['{ALICE}', '{BOB}']::uuid[], ARRAY[a.id, a.id], ARRAY[-7, 7], ARRAY[0, 0]) "
        "FROM market.assets AS a WHERE a.code = 'T1USD'",
        {"I24"},
    ),
    "a deposit was somebody else's": (
        f"UPDATE portfolio.transfers SET user_id = '{BOB}' WHERE idempotency_key = 'a1'",
        {"I24"},
    ),
    "a transfer between users is never booked": (
        "INSERT INTO portfolio.transfers (id, user_id, counterparty_user_id, asset_id, kind, status, amount, "
        f"idempotency_key, created_at, completed_at) SELECT t.id, '{ALICE}', '{BOB}', a.id, 'internal', 'completed', "
        "7, 'never', core.uuid7_time(t.id), core.uuid7_time(t.id) FROM market.assets AS a, "
        "(SELECT core.uuid7() AS id) AS t WHERE a.code = 'T1USD'",
        {"I24"},
    ),
    # Money out of nothing: I12 is I1 journal by journal, and I22 the same sum with balances for customers; nobody has
    # corrected anything.
    "money is made": (ENTRY % ("gen_random_uuid()", 5), {"I1", "I12", "I13", "I22"}),
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
        {"I13", "I24"},
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
        {"I2", "I10", "I21", "I24"},
    ),
    "a withdrawal is never booked": (
        "INSERT INTO portfolio.transfers (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, "
        f"completed_at, sent_at, external_ref) SELECT t.id, '{BOB}', a.id, 'withdrawal', 'completed', 7, 'never', "
        "core.uuid7_time(t.id), core.uuid7_time(t.id), core.uuid7_time(t.id), 'never' FROM market.assets AS a, "
        "(SELECT core.uuid7() AS id) AS t WHERE a.code = 'T1USD'",
        {"I13", "I24"},
    ),
    "a fee of a withdrawal is never booked": (
        "UPDATE portfolio.transfers SET fee = fee + 1 WHERE kind = 'withdrawal' AND status = 'completed'",
        {"I13", "I24"},
    ),
    "a withdrawal is held that nobody asked for": (
        "UPDATE portfolio.transfers SET status = 'pending', completed_at = NULL WHERE kind = 'withdrawal'",
        # It is not out either, nor its fee earned.
        {"I3", "I13", "I24"},
    ),
    "a correction is never booked": (
        "UPDATE portfolio.transfers SET amount = amount * 2 WHERE kind = 'adjustment'",
        {"I13", "I24"},
    ),
    "a correction has no record": (
        "DELETE FROM portfolio.transfers WHERE kind = 'adjustment'",
        {"I13", "I21", "I24"},
    ),
    "a fee is forgotten": ("UPDATE trading.orders SET fee_total = fee_total + 1 WHERE status = 'filled'", {"I4"}),
    "an order changes hands": (
        "DELETE FROM trading.client_orders; "
        f"UPDATE trading.orders SET user_id = '{BOB}', client_order_id = NULL WHERE status = 'filled'",
        {"I4"},
    ),
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
    "a trade is of another order": ("UPDATE trading.trades SET maker_order_id = gen_random_uuid()", {"I7"}),
    "a fill is of another trade": ("UPDATE trading.fills SET trade_seq = 9", {"I7"}),
    "a trade goes through a limit": ("UPDATE trading.orders SET price = 99 WHERE status = 'filled'", {"I8"}),
    "fees go elsewhere": (
        f"UPDATE portfolio.ledger_entries SET user_id = identity.system_user_id('adjustment') WHERE user_id = '{FEES}'",
        {"I13"},
    ),
    "a trade is lost": (
        "UPDATE market.market_state SET last_trade_seq = 2, last_engine_seq = 2",
        {"I14"},
    ),
    # What was settled would be settled again.
    "a trade is ahead of the watermark": ("UPDATE trading.trades SET engine_seq = 5", {"I14"}),
    "a close is ahead of the watermark": ("UPDATE trading.orders SET close_seq = 5 WHERE status = 'canceled'", {"I14"}),
    "a name leads elsewhere": ("UPDATE trading.client_orders SET order_id = gen_random_uuid()", {"I15"}),
    "two orders have one id": (
        "UPDATE trading.orders SET id = f.id, created_at = f.created_at, price = 100 FROM (SELECT id, created_at "
        "FROM trading.orders WHERE status = 'filled') AS f WHERE status = 'canceled'",
        {"I16"},
    ),
    "a trade has another time": (
        "ALTER TABLE trading.trades DROP CONSTRAINT trades_executed_at_check; "
        "UPDATE trading.trades SET executed_at = executed_at - INTERVAL '1 microsecond'",
        {"I16"},
    ),
    # A hold that is too small is also one that no balance holds.
    "an order holds too little": ("UPDATE trading.orders SET hold = hold / 2 WHERE status = 'open'", {"I3", "I18"}),
    "an order holds too much": (
        "SELECT portfolio.post_journal(o.id, 'order_hold', o.id, ARRAY[o.user_id], ARRAY[o.hold_asset_id], ARRAY[-1], "
        "ARRAY[1]) FROM trading.orders AS o WHERE o.status = 'open'; "
        "UPDATE trading.orders SET hold = hold + 1 WHERE status = 'open'",
        {"I18"},
    ),
    "an order is in no market": ("UPDATE trading.orders SET market_id = -1 WHERE status = 'canceled'", {"I21"}),
    "a book is crossed": (
        "UPDATE market.markets SET engine = 'embedded'; "
        "UPDATE trading.orders SET price = 20 WHERE status = 'partially_filled'",
        {"I9"},
    ),
    "an older order at the price is passed over": (STOOD.format(price=100, seq=0, user=ALICE), {"I17"}),
    "a better price is passed over": (STOOD.format(price=101, seq=0, user=ALICE), {"I17"}),
    # Through the taker's limit at that, since the maker's price was not given.
    "a taker pays more than stood there": (
        "UPDATE trading.trades SET engine_seq = NULL; "
        "UPDATE trading.orders SET price = 101 WHERE id IN (SELECT maker_order_id FROM trading.trades)",
        {"I8"},
    ),
    "a candle forgets a trade": ("UPDATE market.price_history SET base_volume = 0 WHERE interval = '1d'", {"I19"}),
    "a candle speaks for trades that never were": (
        "UPDATE market.price_history SET first_seq = 2, last_seq = 2 WHERE interval = '1m'",
        {"I19"},
    ),
    "a candle is lost": ("DELETE FROM market.price_history WHERE interval = '4h'", {"I19"}),
    "a candle is made up": (
        "INSERT INTO market.price_history SELECT market_id, interval, bucket_start - INTERVAL '1 minute', source, "
        "open, high, low, close, base_volume, quote_volume, trade_count, first_seq, last_seq, closed "
        "FROM market.price_history WHERE interval = '1m'",
        {"I19"},
    ),
    "a trade is counted twice": (
        "UPDATE market.candle_state SET last_seq = 0, newest_at = NULL; SELECT market.roll_candles()",
        {"I19"},
    ),
    "a trade is passed over": ("DELETE FROM market.price_history", {"I19"}),
    "a candle ends before its time": ("UPDATE market.price_history SET closed = TRUE WHERE interval = '1w'", {"I19"}),
    "the watermark is ahead of the tape": ("UPDATE market.candle_state SET last_seq = 2", {"I19"}),
    "a checkpoint has more decimals than its asset": (
        "INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held) "
        "SELECT b.user_id, b.asset_id, '2019-01-01', 1, 0.001, 0 FROM portfolio.balances AS b "
        f"JOIN market.assets AS a ON a.id = b.asset_id WHERE a.code = 'T1USD' AND b.user_id = '{BOB}'",
        # It is also neither what the ledger came to nor what it goes on from.
        {"I1", "I2", "I10", "I20", "I24"},
    ),
    "the runway ends": (
        "DO $$ DECLARE leaf regclass; BEGIN FOR leaf IN SELECT b.leaf FROM ops.partition_bounds("
        "'market.price_history') AS b WHERE b.from_at > now() LOOP EXECUTE format('DROP TABLE %s', leaf); "
        "END LOOP; END $$",
        {"I21"},
    ),
}


@pytest.fixture(scope="module")
def books(rolled_back):
    """Give a superuser's connection to books with deposits, orders and a trade, which no test leaves changed."""
    with rolled_back.connect(OWNER) as owner:
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
        # A withdrawal that is out, with its fee, and a correction.
        owner.execute("RESET ROLE")
        owner.execute("UPDATE market.assets SET withdraw_fee = 0.25 WHERE code = 'T1USD'")
        owner.execute("SET ROLE service_role")
        (asked,) = owner.execute("SELECT api.request_withdrawal_for(%s, 'T1USD', 3, 'out')", [BOB]).fetchone()
        owner.execute("SELECT api.send_withdrawal(%s)", [asked["id"]])
        owner.execute("SELECT api.complete_withdrawal(%s, 'out')", [asked["id"]])
        owner.execute("SET ROLE tradebase_operator")
        owner.execute("SELECT portfolio.adjust(%s, 'T1USD', -2, 'a test', 'fix')", [BOB])
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
        owner.execute("SELECT market.roll_candles()")
    with rolled_back.connect_as_superuser() as superuser:
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


# Orders that a taker may pass over, books that only look crossed, and what nobody can tell any more.
FAIR = {
    "a snapshot": SNAPSHOT,
    "a snapshot of what left with its leaf": SNAPSHOT
    + REWRITE.format("""'{"version": 1000, "moved_at": "2001-01-01"}'"""),
    "a trade that was busted": BUST,
    "an order of the taker's own group": STOOD.format(price=101, seq=0, user=BOB),
    "an order that came after the taker": STOOD.format(price=101, seq=1 << 40, user=ALICE),
    "an order that was gone": STOOD.format(price=101, seq=0, user=ALICE).replace("1 minute", "0"),
    "an order that never rested": STOOD.format(price=101, seq=0, user=ALICE).replace(
        "SET side", "SET time_in_force = 'ioc', expires_at = NULL, side"
    ),
    "a book that an external engine matches": "UPDATE trading.orders SET price = 20 WHERE status = 'partially_filled'",
    "a crossing order that is not on the book": (
        "UPDATE market.markets SET engine = 'embedded'; "
        "UPDATE trading.orders SET price = 20, on_book = FALSE WHERE status = 'partially_filled'"
    ),
    "a candle of elsewhere": (
        "INSERT INTO market.price_history SELECT market_id, interval, bucket_start, 'external', "
        "1, 2, 1, 2 FROM market.price_history"
    ),
    "trades that are not rolled yet": (
        "DELETE FROM market.price_history; UPDATE market.candle_state SET last_seq = 0, newest_at = NULL"
    ),
}


@pytest.mark.parametrize("changed_by", FAIR)
def test_what_is_fair_is_not_named(books, changed_by):
    """What only looks like a violation of I6, I9, I17 or I19 is none."""
    with books.transaction(force_rollback=True):
        for table in ("trading.orders", "trading.trades", "market.markets", "portfolio.portfolio_snapshots"):
            books.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        books.execute(FAIR[changed_by])
        assert violations(books) == set()


@pytest.mark.parametrize("broken_by", BREAKS)
def test_a_broken_invariant_is_named(books, broken_by):
    """Exactly the invariants that were broken are reported."""
    statement, expected = BREAKS[broken_by]
    with books.transaction(force_rollback=True):
        for table in (
            "trading.orders",
            "trading.trades",
            "trading.trade_busts",
            "trading.fills",
            "portfolio.ledger_entries",
            "portfolio.ledger_checkpoints",
            "portfolio.portfolio_snapshots",
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


def months_back(connection, months: int) -> None:
    """Move the entries written in this month into another one, as if it had been then."""
    connection.execute(
        "SELECT ops.ensure_partitions('portfolio.ledger_entries', d, d) "
        "FROM (SELECT (now() - %s * INTERVAL '1 month')::date AS d) AS m",
        [months],
    )
    connection.execute("ALTER TABLE portfolio.ledger_entries DISABLE TRIGGER ledger_entries_append_only")
    connection.execute(
        "UPDATE portfolio.ledger_entries SET created_at = now() - %s * INTERVAL '1 month' "
        "WHERE created_at > now() - INTERVAL '1 day'",
        [months],
    )
    connection.execute("ALTER TABLE portfolio.ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_append_only")


def detach(connection, months: int) -> None:
    """Take the leaf of a month away."""
    (leaf,) = connection.execute(
        "SELECT leaf::text FROM ops.partition_bounds('portfolio.ledger_entries') "
        "WHERE from_at <= now() - %s * INTERVAL '1 month' AND to_at > now() - %s * INTERVAL '1 month'",
        [months, months],
    ).fetchone()
    connection.execute(f"ALTER TABLE portfolio.ledger_entries DETACH PARTITION {leaf}")


def checkpoint(connection, months: int) -> int:
    """Write the checkpoint at the end of a month, as a worker; return how many rows it has."""
    connection.execute("SET LOCAL ROLE tradebase_worker")
    (written,) = connection.execute(
        "SELECT portfolio.checkpoint_ledger(date_trunc('month', now() - %s * INTERVAL '1 month', 'UTC') "
        "+ INTERVAL '1 month')",
        [months],
    ).fetchone()
    connection.execute("RESET ROLE")
    return written


@pytest.mark.parametrize("is_checkpointed", [True, False])
def test_a_checkpoint_stands_for_the_leaves_before_it(books, is_checkpointed):
    """With it every check is zero when old leaves are gone, once and again; without it they are missed."""
    with books.transaction(force_rollback=True):
        months_back(books, 4)
        # Four customers' accounts, two of the world outside, fees, and the correction.
        assert not is_checkpointed or (checkpoint(books, 4), checkpoint(books, 4)) == (8, 0)
        place(books, BOB, "sell", 1, 200)
        books.execute("SELECT portfolio.deposit(%s, 'T1USD', 1, 'a3', 'a3')", [ALICE])
        assert violations(books) == set()
        detach(books, 4)
        assert violations(books) == (set() if is_checkpointed else {"I2", "I10", "I13", "I22", "I24"})

        if is_checkpointed:
            # On from the first one: what did not move has no second one.
            months_back(books, 2)
            assert checkpoint(books, 2) == 3
            assert violations(books) == set()
            detach(books, 2)
            assert violations(books) == set()
            books.execute("SELECT portfolio.deposit(%s, 'T1USD', 1, 'b3', 'b3')", [BOB])
            assert violations(books) == set()


WRONG_CHECKPOINTS = {
    "a balance was more": (
        f"available = available + 1 WHERE user_id = '{ALICE}' AND version > 2",
        {"I1", "I2", "I10", "I24"},
    ),
    "a balance had more entries": (f"version = version + 1 WHERE user_id = '{ALICE}' AND version > 2", {"I2", "I10"}),
    "the world outside gave more": ("available = available - 1 WHERE available < -100", {"I1", "I13", "I22"}),
    "more fees were paid": (f"available = available + 1 WHERE user_id = '{FEES}'", {"I1", "I13", "I22"}),
}


@pytest.mark.parametrize("broken_by", WRONG_CHECKPOINTS)
def test_a_wrong_checkpoint_is_named(books, broken_by):
    """A checkpoint that says something else than the entries before it."""
    with books.transaction(force_rollback=True):
        months_back(books, 2)
        checkpoint(books, 2)
        books.execute("ALTER TABLE portfolio.ledger_checkpoints DISABLE TRIGGER ALL")
        statement, expected = WRONG_CHECKPOINTS[broken_by]
        assert books.execute(f"UPDATE portfolio.ledger_checkpoints SET {statement}").rowcount == 1
        assert violations(books) == expected


def test_an_entry_lost_before_a_checkpoint_is_named(books):
    """Only a leaf that is gone excuses it: a hold that is missing where its month is there is a gap in the chain."""
    with books.transaction(force_rollback=True):
        place(books, BOB, "sell", 1, 200)
        months_back(books, 2)
        checkpoint(books, 2)
        books.execute("ALTER TABLE portfolio.ledger_entries DISABLE TRIGGER ALL")
        lost = books.execute(
            "DELETE FROM portfolio.ledger_entries AS l USING portfolio.ledger_checkpoints AS c "
            "WHERE l.reason = 'order_hold' AND (c.user_id, c.asset_id, c.version) = (l.user_id, l.asset_id, l.version)"
        )
        assert lost.rowcount == 1
        assert violations(books) == {"I10"}


def test_i17_finds_what_a_comparison_of_all_with_all_finds(books):
    """A book of random orders matched by turn has no violation; with turns mixed up, each and only those are found."""
    dice = random.Random(17)  # noqa: S311
    with books.transaction(force_rollback=True):
        for table in ("trading.orders", "trading.trades"):
            books.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        books.execute(
            "CREATE FUNCTION pg_temp.id_of(at timestamptz, n integer) RETURNS uuid LANGUAGE sql RETURN (lpad(to_hex("
            "(extract(EPOCH FROM at) * 1000)::bigint), 12, '0') || '70008' || lpad(n::text, 15, '0'))::uuid"
        )
        assert passed_over(books, dice, 0) == (0, 0)
        found, expected = passed_over(books, dice, 0.02)
        assert found == expected > 0


def passed_over(connection, dice: random.Random, mistakes: float) -> tuple[int, int]:
    """Write the history of a random book, each taker wrong at this rate; return what I17 finds and what is there."""
    now = connection.execute("SELECT date_trunc('milliseconds', now())").fetchone()[0]
    (market,) = connection.execute("SELECT id FROM market.markets WHERE symbol = 'T1FEE-T1USD'").fetchone()
    connection.execute("DELETE FROM trading.trades; DELETE FROM trading.orders")
    book, orders, trades, violated = {}, {}, [], 0
    for seq in range(1, 1201):
        user, side = dice.choice([ALICE, BOB]), dice.choice(["buy", "sell"])
        orders[seq] = {"user": user, "side": side, "price": dice.randint(1, 5) + 10 * (side == "sell"), "closed": None}
        what = dice.random()
        if what < 0.5:
            book[seq] = orders[seq]
        elif what < 0.7 and book:
            book.pop(gone := dice.choice(list(book)))
            orders[gone]["closed"] = ("canceled", seq)
            orders[seq]["closed"] = ("filled", seq)
        else:
            turn = {s: (o["price"] * (-1 if o["side"] == "buy" else 1), s) for s, o in book.items()}
            mine = [s for s in book if book[s]["side"] != side and book[s]["user"] != user]
            for _ in range(dice.randint(1, 3)):
                if mine:
                    maker = dice.choice(mine) if dice.random() < mistakes else min(mine, key=turn.get)
                    violated += sum(turn[s] < turn[maker] for s in mine)
                    mine.remove(maker)
                    book.pop(maker)
                    orders[maker]["closed"] = ("filled", seq)
                    trades.append((len(trades) + 1, seq, maker))
            orders[seq]["closed"] = ("filled", seq)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO trading.orders (id, closed_at, created_at, updated_at, seq, user_id, market_id, side, type, "
            "time_in_force, status, price, quantity, filled_quantity, hold, hold_asset_id, maker_fee_rate, "
            "taker_fee_rate, stp, on_book, expires_at, close_reason) SELECT pg_temp.id_of(%(at)s, %(seq)s), "
            "coalesce(%(at)s + %(closed)s * INTERVAL '1 millisecond', 'infinity'), %(at)s, %(at)s, %(seq)s, %(user)s, "
            "%(market)s, %(side)s, 'limit', 'gtc', %(status)s::text, %(price)s, 1, "
            "CASE %(status)s::text WHEN 'filled' THEN 1 ELSE 0 END, 0, 1, 0, 0, 'cancel_taker', "
            "%(status)s::text = 'open', %(at)s, "
            "CASE %(status)s::text WHEN 'filled' THEN 'filled' WHEN 'canceled' THEN 'user_cancel' "
            "END",
            [
                {
                    "at": now, "seq": seq, "user": o["user"], "market": market, "side": o["side"], "price": o["price"],
                    "status": o["closed"][0] if o["closed"] else "open",
                    # A command every ten milliseconds; it trades in the first and closes in the last.
                    "closed": 10 * o["closed"][1] + 9 if o["closed"] else None,
                }
                for seq, o in orders.items()
            ],
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO trading.trades (id, executed_at, market_id, seq, price, quantity, quote_quantity, taker_side, "
            "maker_order_id, taker_order_id) SELECT pg_temp.id_of(t.at, %(n)s), t.at, %(market)s, %(n)s, %(price)s, 1, "
            "%(price)s, %(side)s, pg_temp.id_of(%(now)s, %(maker)s), pg_temp.id_of(%(now)s, %(taker)s) "
            "FROM (SELECT %(now)s + %(taker)s * INTERVAL '10 milliseconds' AS at) AS t",
            [
                {
                    "n": n, "market": market, "now": now, "maker": maker, "taker": taker,
                    "price": orders[maker]["price"], "side": orders[taker]["side"],
                }
                for n, taker, maker in trades
            ],
        )  # fmt: skip
    (found,) = connection.execute(
        "SELECT bad_count FROM ops.verify_integrity() WHERE check_name LIKE 'I17 %'"
    ).fetchone()
    return found, violated
