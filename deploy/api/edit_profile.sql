-- Deploy tradebase:api/edit_profile to pg
-- requires: identity/edit_profile

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION api.edit_profile(changes jsonb)
RETURNS jsonb
LANGUAGE sql
VOLATILE
SET search_path = pg_catalog, pg_temp
RETURN identity.edit_profile(changes);

COMMENT ON FUNCTION api.edit_profile(jsonb) IS
'Changes what I say of myself; see identity.edit_profile() for what it takes and refuses. api.profile shows it.';

GRANT EXECUTE ON FUNCTION api.edit_profile(jsonb) TO authenticated;

COMMIT;
