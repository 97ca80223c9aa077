-- Deploy tradebase:api/ledger_entries to pg
-- requires: api/assets
-- requires: market/assets_access
-- requires: portfolio/ledger_entries_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.ledger_entries WITH (security_invoker = TRUE) AS
SELECT
    l.created_at,
    a.code AS asset,
    l.version,
    l.reason,
    l.ref_id,
    l.d_available,
    l.d_held,
    l.available_after,
    l.held_after
FROM portfolio.ledger_entries AS l
JOIN market.assets AS a ON a.id = l.asset_id;

COMMENT ON VIEW api.ledger_entries IS
'Every change of my balances; version counts those of one asset. JSON clients read numbers as floats: select '
'd_available::text and the like. Bound created_at: without it every month is searched.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.ledger_entries TO authenticated, tradebase_support;

CREATE FUNCTION api.assets(api.ledger_entries)
RETURNS SETOF api.assets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.assets AS t WHERE t.code = $1.asset;
END;

COMMENT ON FUNCTION api.assets(api.ledger_entries) IS 'What an entry of mine is of.';

GRANT EXECUTE ON FUNCTION api.assets(api.ledger_entries) TO authenticated, tradebase_support;

COMMIT;
