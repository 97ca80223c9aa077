-- Deploy tradebase:portfolio/snapshot_kind to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.snapshot_kind(kind text)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (kind IN ('intraday', 'daily')) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid kind'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'kind', 'expected', 'intraday or daily');
    END IF;
    RETURN kind;
END
$$;

COMMENT ON FUNCTION portfolio.snapshot_kind(text) IS
'A kind of snapshot: kind itself. TR010 when there is no such.';

GRANT EXECUTE ON FUNCTION portfolio.snapshot_kind(text) TO authenticated, tradebase_kernel;

COMMIT;
