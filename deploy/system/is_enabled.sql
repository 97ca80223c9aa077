-- Deploy tradebase:system/is_enabled to pg
-- requires: identity/staff_role
-- requires: system/feature_flags_access
-- requires: system/rollout_bucket

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.is_enabled(flag text, user_id uuid DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    f system.feature_flags%ROWTYPE;
BEGIN
    SELECT * INTO f FROM system.feature_flags AS t WHERE t.key = is_enabled.flag;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown flag'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'flag', 'expected', 'a key of a flag');
    END IF;
    RETURN f.is_enabled AND (user_id = ANY (f.denied_user_ids)) IS NOT TRUE AND (
        f.rollout_pct = 100
        OR coalesce(user_id = ANY (f.allowed_user_ids), FALSE)
        OR coalesce(system.rollout_bucket(f.key, user_id) < f.rollout_pct, FALSE)
        OR (f.is_for_staff AND (identity.staff_role(user_id)).id IS NOT NULL)
    );
END
$$;

COMMENT ON FUNCTION system.is_enabled(text, uuid) IS
'Whether a flag is on for a user, or for who is not signed in (NULL: only when it is on for all). Off for everybody '
'by the kill switch; off for who is denied; on for who is allowed, for staff where it is for staff, and for the users'
' whose system.rollout_bucket() is below its percentage. TR010 unknown flag.';

GRANT EXECUTE ON FUNCTION system.is_enabled(text, uuid) TO tradebase_kernel, tradebase_operator;

COMMIT;
