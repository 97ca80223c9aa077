-- Deploy tradebase:api/transfers to pg
-- requires: api/assets
-- requires: market/assets_access
-- requires: portfolio/transfers_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.transfers WITH (security_invoker = TRUE) AS
SELECT
    t.id,
    t.kind,
    t.status,
    a.code AS asset,
    t.amount,
    t.fee,
    t.user_id = (SELECT core.current_user_id()) AS is_sender,
    t.destination,
    t.external_ref,
    t.created_at,
    t.sent_at,
    t.completed_at
FROM portfolio.transfers AS t
JOIN market.assets AS a ON a.id = t.asset_id;

COMMENT ON VIEW api.transfers IS
'Money I moved in, out or to another user, or received from one: then is_sender is false; and what an operator '
'corrected, negative when it took. A withdrawal with a sent_at can no longer be canceled. JSON clients read numbers as '
'floats: select amount::text, fee::text.';

-- To support, of the customer whom they have open.
GRANT SELECT ON api.transfers TO authenticated, tradebase_support;

CREATE FUNCTION api.assets(api.transfers)
RETURNS SETOF api.assets
LANGUAGE sql
STABLE
ROWS 1
BEGIN ATOMIC
    SELECT t.* FROM api.assets AS t WHERE t.code = $1.asset;
END;

COMMENT ON FUNCTION api.assets(api.transfers) IS 'What a transfer of mine is of.';

GRANT EXECUTE ON FUNCTION api.assets(api.transfers) TO authenticated, tradebase_support;

COMMIT;
