-- Deploy tradebase:core/page_size to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.page_size(max_rows integer)
RETURNS integer
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (max_rows BETWEEN 1 AND 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid max_rows'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'max_rows', 'expected', '1 to 1000');
    END IF;
    RETURN max_rows;
END
$$;

COMMENT ON FUNCTION core.page_size(integer) IS
'How many rows a page may have: max_rows itself. TR010 when it is not 1 to 1000.';

GRANT EXECUTE ON FUNCTION core.page_size(integer) TO anon, authenticated, tradebase_auditor;

COMMIT;
