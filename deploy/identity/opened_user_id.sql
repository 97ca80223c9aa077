-- Deploy tradebase:identity/opened_user_id to pg
-- requires: core/current_user_id
-- requires: identity/staff_role
-- requires: identity/support_openings_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.opened_user_id()
RETURNS uuid
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- Not now(): a transaction that stays open would keep the customer open.
    RETURN (
        SELECT o.user_id
        FROM identity.support_openings AS o
        WHERE
            o.staff_user_id = core.current_user_id() AND o.closed_at IS NULL
            AND o.expires_at > statement_timestamp()
            AND (identity.staff_role(o.staff_user_id)).role = 'tradebase_support'
    );
END
$$;

COMMENT ON FUNCTION identity.opened_user_id() IS
'The customer whom this request''s user has opened by identity.support_open(), as long as that is open and they are '
'support; NULL otherwise. For the policies of tradebase_support.';

GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.opened_user_id() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.opened_user_id() TO tradebase_support;

COMMIT;
