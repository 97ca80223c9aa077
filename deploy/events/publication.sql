-- Deploy tradebase:events/publication to pg
-- requires: market/market_state_access
-- requires: portfolio/balances_access
-- requires: trading/positions_access

BEGIN;

CALL ops.guard_deploy();

-- Tables without leaves, whose key is all that a DELETE carries. Orders, trades and fills are in leaves, whose names
-- Realtime would tell instead of theirs: they travel as events.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = 'supabase_realtime') THEN
        CREATE PUBLICATION supabase_realtime;
        COMMENT ON PUBLICATION supabase_realtime IS 'made by tradebase';
    END IF;
END
$$;

ALTER PUBLICATION supabase_realtime ADD TABLE portfolio.balances, trading.positions, market.market_state;

COMMIT;
