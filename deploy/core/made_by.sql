-- Deploy tradebase:core/made_by to pg
-- requires: core/current_user_id

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.made_by()
RETURNS jsonb
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
RETURN jsonb_build_object(
    'session_role', session_user, 'database_role', nullif(current_setting('role', TRUE), 'none'),
    'user_id', core.current_user_id()
);

COMMENT ON FUNCTION core.made_by() IS
'Who is at work, for records of what people decided: the role that logged in, the one it has become by SET ROLE (null '
'when none), and the user whom the request speaks for (null when nobody). Never current_user, which is the kernel in '
'every definer function.';

GRANT EXECUTE ON FUNCTION core.made_by() TO tradebase_kernel;

COMMIT;
