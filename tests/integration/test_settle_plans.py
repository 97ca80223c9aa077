"""A settlement looks up each of its orders by key, whatever the book's statistics say."""

import json
import uuid

import pytest

TRADES = 60
MARKET = """
INSERT INTO market.assets (code, name, kind, scale, display_scale)
VALUES ('P1BTC', 'Coin', 'crypto', 8, 8), ('P1USD', 'Dollar', 'fiat', 10, 2);
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, status, engine, tick_size, lot_size)
SELECT 'P1BTC-P1USD', b.id, q.id, 'open', 'external', 0.01, 0.0001
FROM market.assets AS b, market.assets AS q WHERE b.code = 'P1BTC' AND q.code = 'P1USD';
"""
PLACE = """
SELECT trading.place_order_for(
    user_id => %s, market => 'P1BTC-P1USD', side => %s, type => 'limit', quantity => %s, price => %s
) #>> '{order,id}'
"""
# Rows of the open book and of balances that were fetched, and scans of all of them, by this session since it last told.
READS = """
SELECT sum(coalesce(idx_tup_fetch, 0) + seq_tup_read)::bigint, sum(seq_scan)::bigint
FROM pg_stat_xact_user_tables WHERE relid IN ('partitions.orders_open'::regclass, 'portfolio.balances'::regclass)
"""


OTHERS = """
INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, %(others)s);
INSERT INTO portfolio.balances (user_id, asset_id)
SELECT u.id, a.id FROM identity.users AS u, market.assets AS a
WHERE u.kind = 'customer' AND a.code IN ('P1BTC', 'P1USD') ON CONFLICT DO NOTHING;
ANALYZE portfolio.balances;
"""


@pytest.mark.parametrize(("resting", "others"), [(0, 0), (1500, 2000)])
def test_reads_grow_with_the_batch_alone(database, resting: int, others: int) -> None:
    """Planned when the book was analyzed empty, run on a book of any length, with any number of users: a few reads."""
    users = [uuid.uuid4() for _ in range(4)]
    with database.connect() as owner:
        owner.execute(MARKET)
        for user in users:
            owner.execute("INSERT INTO auth.users (id) VALUES (%s)", [user])
            for asset in ("P1BTC", "P1USD"):
                owner.execute("SELECT portfolio.deposit(%s, %s, 1000000, %s)", [user, asset, f"{asset}:{user}"])
        owner.execute("ANALYZE partitions.orders_open, portfolio.balances, trading.positions")
        owner.execute("UPDATE market.markets SET max_open_orders = 10000 WHERE symbol = 'P1BTC-P1USD'")
        if others:
            owner.execute(OTHERS % {"others": others})
        with owner.transaction():
            for n in range(resting):
                owner.execute(PLACE, [users[n % 4], "buy", "0.1", "1"])
        with owner.transaction():
            pairs = [
                (
                    owner.execute(PLACE, [users[n % 4], "sell", "1", "100"]).fetchone()[0],
                    owner.execute(PLACE, [users[(n + 1) % 4], "buy", "1", "100"]).fetchone()[0],
                )
                for n in range(TRADES)
            ]
        events = [
            {"maker_order_id": maker, "taker_order_id": taker, "price": "100", "quantity": "0.5" if n % 2 else "1"}
            for n, (maker, taker) in enumerate(pairs)
        ]
        with owner.transaction():
            batch = json.dumps([{"market": "P1BTC-P1USD", "first_seq": 1, "events": events}])
            before = owner.execute(READS).fetchone()
            owner.execute("SELECT trading.settle_trades(%s::jsonb)", [batch])
            after = owner.execute(READS).fetchone()
    assert after[1] == before[1]
    # Each order once to know it and once to change or move it; a balance for each line, to know that it is there, and
    # the eight of them to lock and to change.
    assert 0 < after[0] - before[0] <= (2 + 2) * 2 * TRADES + 2 * 8
