-- Verify tradebase:events/publication on pg

BEGIN;

DO $$
DECLARE
    missing text;
BEGIN
    SELECT string_agg(want::text, ', ') INTO missing
    FROM unnest(ARRAY['portfolio.balances', 'trading.positions', 'market.market_state']::regclass[]) AS want
    WHERE NOT EXISTS (
        SELECT FROM pg_publication_rel AS r
        JOIN pg_publication AS p ON p.oid = r.prpubid AND p.pubname = 'supabase_realtime'
        WHERE r.prrelid = want
    );
    ASSERT missing IS NULL, format('supabase_realtime does not publish %s', missing);
END
$$;

ROLLBACK;
