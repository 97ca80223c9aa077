-- Verify tradebase:trading/trade_busts on pg

BEGIN;

SELECT trade_id, market_id, trade_seq, journal_id, reason, made_by, created_at
FROM trading.trade_busts
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT relrowsecurity AND relforcerowsecurity FROM pg_class
        WHERE oid = 'trading.trade_busts'::regclass
    ),
        'trading.trade_busts: row level security is off or not forced';
    ASSERT (SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid = 'trading.trade_busts'::regclass),
        'trading.trade_busts: an index is invalid';
    ASSERT (
        SELECT count(*) = 2 FROM pg_trigger
        WHERE
            tgrelid = 'trading.trade_busts'::regclass AND tgenabled = 'A'
            AND tgname IN ('trade_busts_append_only', 'trade_busts_no_truncate')
    ),
        'trading.trade_busts: a trigger that keeps its rows is missing or disabled';
END
$$;

ROLLBACK;
