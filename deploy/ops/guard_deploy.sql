-- Deploy tradebase:ops/guard_deploy to pg
-- requires: schemas

BEGIN;

CREATE PROCEDURE ops.guard_deploy()
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner CONSTANT text := (
        SELECT n.nspowner::regrole::text FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'ops'
    );
BEGIN
    -- What another role made, it would own: out of reach of the next deploy, and a superuser's definer functions.
    IF quote_ident(current_user) <> owner THEN
        RAISE EXCEPTION 'tradebase is deployed by %, not by %', owner, quote_ident(current_user)
            USING ERRCODE = 'insufficient_privilege',
            HINT = format('Run sqitch again with PGOPTIONS=''-c role=%s''.', owner);
    END IF;
END
$$;

COMMENT ON PROCEDURE ops.guard_deploy() IS
'First statement of every deploy script after it: only the role that deployed platform goes on. 42501 anybody else, a '
'superuser included.';

-- It guards its own change too, and the two before it, which could not call it.
CALL ops.guard_deploy();

DO $$
BEGIN
    ASSERT (SELECT proowner = current_user::regrole FROM pg_proc WHERE oid = 'ops.guard_revert(text)'::regprocedure),
        'ops.guard_revert belongs to another role: revert to schemas and deploy again as the owner';
END
$$;

COMMIT;
