-- Deploy tradebase:system/rollout_bucket to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.rollout_bucket(key text, user_id uuid)
RETURNS integer
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN (
    ('x' || left(encode(sha256((key || ':' || user_id::text)::bytea), 'hex'), 8))::bit(32)::bigint % 100
)::integer;

COMMENT ON FUNCTION system.rollout_bucket(text, uuid) IS
'A user''s place among a hundred, 0 to 99, different for each flag and the same for ever: SHA-256, which no version '
'or machine computes otherwise. On for 20 % is on for places below 20, so that more is always a superset of less.';

GRANT EXECUTE ON FUNCTION system.rollout_bucket(text, uuid) TO tradebase_kernel, tradebase_operator;

COMMIT;
