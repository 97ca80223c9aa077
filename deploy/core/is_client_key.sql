-- Deploy tradebase:core/is_client_key to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.is_client_key(key text)
RETURNS boolean
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN coalesce(key ~ '^[A-Za-z0-9_:+=/.-]{1,64}$', FALSE);

COMMENT ON FUNCTION core.is_client_key(text) IS
'Whether a text can be a key made by a client: 1 to 64 of A-Z a-z 0-9 _ : + = / . - (Kalshi''s rule for client order '
'ids).';

GRANT EXECUTE ON FUNCTION core.is_client_key(text) TO tradebase_kernel;

COMMIT;
