-- Deploy tradebase:system/set_feature_flag to pg
-- requires: core/give_reason
-- requires: events/outbox_access
-- requires: system/feature_flags_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION system.set_feature_flag(
    key text, reason text, is_enabled boolean DEFAULT NULL, rollout_pct integer DEFAULT NULL,
    is_for_staff boolean DEFAULT NULL, allowed_user_ids uuid[] DEFAULT NULL,
    denied_user_ids uuid[] DEFAULT NULL, is_public boolean DEFAULT NULL, description text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    flag           system.feature_flags%ROWTYPE;
    constraint_hit text;
    column_hit     text;
BEGIN
    PERFORM core.give_reason(reason);
    -- One at a time: of two versions of all of them the later has the higher number.
    PERFORM pg_advisory_xact_lock(7476, 2);
    IF description IS NOT NULL THEN
        INSERT INTO system.feature_flags (key, description)
        VALUES (set_feature_flag.key, set_feature_flag.description)
        ON CONFLICT ON CONSTRAINT feature_flags_pkey DO NOTHING;
    END IF;
    UPDATE system.feature_flags AS f
    SET
        is_enabled = coalesce(set_feature_flag.is_enabled, f.is_enabled),
        rollout_pct = coalesce(set_feature_flag.rollout_pct, f.rollout_pct),
        is_for_staff = coalesce(set_feature_flag.is_for_staff, f.is_for_staff),
        allowed_user_ids = coalesce(set_feature_flag.allowed_user_ids, f.allowed_user_ids),
        denied_user_ids = coalesce(set_feature_flag.denied_user_ids, f.denied_user_ids),
        is_public = coalesce(set_feature_flag.is_public, f.is_public),
        description = coalesce(set_feature_flag.description, f.description)
    WHERE f.key = set_feature_flag.key
    RETURNING * INTO flag;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown key'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'key', 'expected', 'a key of a flag'),
            HINT = 'With a description it makes a new flag.';
    END IF;
    -- That there is news, not for whom: each asks for what is on for them.
    INSERT INTO events.outbox (topic, event, payload) VALUES ('flags', 'flags', jsonb_build_object('key', key));
    RETURN to_jsonb(flag);
EXCEPTION WHEN check_violation OR not_null_violation THEN
    -- The table knows what each column takes; its constraints are named after them.
    GET STACKED DIAGNOSTICS constraint_hit = CONSTRAINT_NAME, column_hit = COLUMN_NAME;
    RAISE EXCEPTION 'invalid %', coalesce(substring(constraint_hit FROM '^feature_flags_(.*)_check$'), column_hit)
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', coalesce(substring(constraint_hit FROM '^feature_flags_(.*)_check$'), column_hit)
        );
END
$$;

COMMENT ON FUNCTION system.set_feature_flag(text, text, boolean, integer, boolean, uuid[], uuid[], boolean, text) IS
'Changes of a flag what is given, and answers with all of it; an unknown key makes a new flag, off, when there is a '
'description. TR010 unknown key without a description, a percentage outside 0 to 100, a list of more than 1000 or '
'with the same user on both, or no reason.';

GRANT CREATE ON SCHEMA system TO tradebase_kernel;
ALTER FUNCTION system.set_feature_flag(
    text, text, boolean, integer, boolean, uuid[], uuid[], boolean, text
) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA system FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION system.set_feature_flag(
    text, text, boolean, integer, boolean, uuid[], uuid[], boolean, text
) TO tradebase_operator;

COMMIT;
