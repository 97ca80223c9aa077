-- Verify tradebase:market/price_history on pg

BEGIN;

SELECT market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count,
    first_seq, last_seq, closed
FROM market.price_history
WHERE FALSE;

DO $$
BEGIN
    ASSERT (SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'market.price_history'::regclass),
        'market.price_history: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'market.price_history'::regclass),
        'market.price_history: an index is invalid';
    ASSERT EXISTS (SELECT FROM ops.partition_policies WHERE parent = 'market.price_history'::regclass),
        'market.price_history: nobody makes its leaves';
    ASSERT (SELECT count(*) >= 4 FROM ops.partition_bounds('market.price_history')),
        'market.price_history: less than three leaves ahead';
    ASSERT NOT EXISTS (
        SELECT FROM ops.partition_bounds('market.price_history') AS b WHERE ops.leaf_problems(b.leaf) <> '{}'
    ),
        'market.price_history: a leaf is not like its parent, see ops.partition_health()';
END
$$;

ROLLBACK;
