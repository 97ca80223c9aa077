-- Deploy tradebase:api/assets to pg
-- requires: market/assets_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW api.assets WITH (security_invoker = TRUE) AS
SELECT
    a.code,
    a.name,
    a.kind,
    a.status,
    a.scale,
    a.display_scale,
    a.withdraw_min,
    a.withdraw_fee
FROM market.assets AS a;

COMMENT ON VIEW api.assets IS
'What can be owned, and what it costs to withdraw. JSON clients read numbers as floats: select withdraw_min::text and '
'the like.';

GRANT SELECT ON api.assets
TO anon, authenticated, tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;

COMMIT;
