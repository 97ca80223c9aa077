-- Revert tradebase:events/publication from pg

BEGIN;

CALL ops.guard_revert('events/publication');

ALTER PUBLICATION supabase_realtime DROP TABLE portfolio.balances, trading.positions, market.market_state;

DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_publication AS p
        WHERE
            p.pubname = 'supabase_realtime' AND obj_description(p.oid, 'pg_publication') = 'made by tradebase'
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid)
    ) THEN
        DROP PUBLICATION supabase_realtime;
    END IF;
END
$$;

COMMIT;
