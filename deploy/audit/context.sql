-- Deploy tradebase:audit/context to pg
-- requires: core/current_user_id

BEGIN;

CALL ops.guard_deploy();

-- The columns of audit.audit_logs that say who was at work, in their order: triggers write them as said.*.
CREATE TYPE audit.context AS (
    actor_id      uuid,
    database_role text,
    session_role  text,
    session_id    text,
    request_id    text,
    reason        text
);

COMMENT ON TYPE audit.context IS 'Who is at work, for whom, in which request and why.';

CREATE FUNCTION audit.context()
RETURNS audit.context
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    said audit.context;
BEGIN
    said.session_role := session_user::text;
    said.database_role := coalesce(nullif(current_setting('role'), 'none'), session_user::text);
    said.reason := left(nullif(current_setting('tradebase.reason', TRUE), ''), 1000);
    said.request_id := left(nullif(current_setting('tradebase.request_id', TRUE), ''), 200);

    -- Claims and headers that cannot be read name nobody: the write goes on and is on record without an actor, since
    -- whoever breaks them must neither stop it nor be taken for somebody else.
    IF current_setting('request.jwt.claims', TRUE) <> '' THEN
        BEGIN
            said.session_id := left(current_setting('request.jwt.claims')::jsonb ->> 'session_id', 200);
            said.actor_id := core.current_user_id();
        EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
            NULL;
        END;
    END IF;
    IF current_setting('request.headers', TRUE) <> '' THEN
        BEGIN
            said.request_id := coalesce(
                said.request_id, left(nullif(current_setting('request.headers')::jsonb ->> 'x-request-id', ''), 200)
            );
        EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
            NULL;
        END;
    END IF;
    RETURN said;
END
$$;

COMMENT ON FUNCTION audit.context() IS
'Who is at work now: the user of core.current_user_id(), the role of SET ROLE, the login, claim session_id, header '
'x-request-id or setting tradebase.request_id, and setting tradebase.reason, which a command sets for its transaction. '
'What cannot be read is NULL; what is too long is cut.';

GRANT USAGE ON TYPE audit.context TO tradebase_kernel;
GRANT EXECUTE ON FUNCTION audit.context() TO tradebase_kernel;

COMMIT;
