-- Deploy tradebase:core/current_user_id to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- Not auth.uid(): hosted Supabase lends its schema auth to nobody, and the kernel could not call it.
CREATE FUNCTION core.current_user_id()
RETURNS uuid
LANGUAGE sql
STABLE
PARALLEL SAFE
RETURN nullif(nullif(current_setting('request.jwt.claims', TRUE), '')::jsonb ->> 'sub', '')::uuid;

COMMENT ON FUNCTION core.current_user_id() IS
'The user of this request: claim sub of request.jwt.claims, which PostgREST sets for the transaction. NULL when nobody '
'is signed in.';

GRANT EXECUTE ON FUNCTION core.current_user_id()
TO anon, authenticated, service_role, tradebase_kernel, tradebase_operator, tradebase_support;

COMMIT;
