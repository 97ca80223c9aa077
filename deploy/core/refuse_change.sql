-- Deploy tradebase:core/refuse_change to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION core.refuse_change()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', tg_argv[0]
        USING ERRCODE = 'TR902', DETAIL = jsonb_build_object('operation', tg_op),
        HINT = 'Correct a wrong row by a new one that takes it back.';
END
$$;

COMMENT ON FUNCTION core.refuse_change() IS
'Trigger of append-only tables and their leaves: TR902 for every UPDATE, DELETE and TRUNCATE, the owner''s too. Its '
'argument names the table, whichever leaf is meant.';

COMMIT;
