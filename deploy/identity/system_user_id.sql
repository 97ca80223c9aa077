-- Deploy tradebase:identity/system_user_id to pg
-- requires: identity/users

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.system_user_id(account text)
RETURNS uuid
LANGUAGE sql
IMMUTABLE
PARALLEL SAFE
RETURN CASE account
    WHEN 'fees' THEN '00000000-0000-7000-8000-000000000001'::uuid
    WHEN 'external' THEN '00000000-0000-7000-8000-000000000002'::uuid
    WHEN 'adjustment' THEN '00000000-0000-7000-8000-000000000003'::uuid
END;

COMMENT ON FUNCTION identity.system_user_id(text) IS
'The platform''s own accounts: fees earns them, external is the world outside (banks, chains), adjustment the other '
'side of a correction. NULL for any other name.';

GRANT EXECUTE ON FUNCTION identity.system_user_id(text) TO tradebase_kernel, tradebase_auditor, tradebase_reporter;

COMMIT;
