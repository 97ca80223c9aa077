-- Revert tradebase:events/publication from pg

BEGIN;

CALL ops.guard_revert('events/publication');

-- Those that are still in it: Supabase's dashboard takes a table out, and makes the publication anew.
DO $$
DECLARE
    published regclass;
BEGIN
    FOR published IN
        SELECT r.prrelid
        FROM pg_catalog.pg_publication_rel AS r
        JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid AND p.pubname = 'supabase_realtime'
        WHERE r.prrelid IN ('portfolio.balances'::regclass, 'trading.positions'::regclass, 'market.market_state'::regclass)
    LOOP
        EXECUTE format('ALTER PUBLICATION supabase_realtime DROP TABLE %s', published);
    END LOOP;
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
