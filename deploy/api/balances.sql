-- Deploy tradebase:api/balances to pg
-- requires: api/assets
-- requires: market/assets_access
-- requires: portfolio/balances_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.balances WITH (security_invoker = TRUE) AS
SELECT
    a.code                AS asset,
    b.available,
    b.held,
    b.available + b.held  AS total,
    b.updated_at
FROM portfolio.balances AS b
JOIN market.assets AS a ON a.id = b.asset_id;

COMMENT ON VIEW api.balances IS
'My balances, in units of each asset. JSON clients read numbers as floats: '
'select=asset,available::text,held::text,total::text.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.balances TO authenticated, tradebase_support;

CREATE FUNCTION api.assets(api.balances)
RETURNS SETOF api.assets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.assets AS t WHERE t.code = $1.asset;
END;

COMMENT ON FUNCTION api.assets(api.balances) IS 'What a balance of mine is of.';

GRANT EXECUTE ON FUNCTION api.assets(api.balances) TO authenticated, tradebase_support;

COMMIT;
