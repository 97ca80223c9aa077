-- Deploy tradebase:core/give_reason to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.give_reason(reason text)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (length(btrim(reason)) BETWEEN 1 AND 500) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid reason'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'reason', 'expected', '1 to 500 characters'
            );
    END IF;
    -- Until the transaction ends; whatever keeps records of it reads it there.
    PERFORM set_config('tradebase.reason', reason, TRUE);
END
$$;

COMMENT ON FUNCTION core.give_reason(text) IS
'Says for the rest of the transaction why it does what it does: setting tradebase.reason, which the records of a '
'change keep. TR010 no reason, or one of more than 500 characters.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION core.give_reason(text) TO tradebase_kernel;

COMMIT;
