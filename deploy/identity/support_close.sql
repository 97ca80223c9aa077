-- Deploy tradebase:identity/support_close to pg
-- requires: identity/acting_user_id
-- requires: identity/support_openings_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.support_close()
RETURNS boolean
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    acting CONSTANT uuid := identity.acting_user_id();
BEGIN
    UPDATE identity.support_openings AS o SET closed_at = clock_timestamp()
    WHERE o.staff_user_id = acting AND o.closed_at IS NULL;
    RETURN found;
END
$$;

COMMENT ON FUNCTION identity.support_close() IS
'Closes the customer whom the caller has open; returns whether there was one. TR008, TR501: see '
'identity.acting_user_id().';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.support_close() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.support_close() TO tradebase_support;

COMMIT;
