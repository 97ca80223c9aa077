-- Deploy tradebase:ops/begin_incarnation to pg
-- requires: audit/audit_logs
-- requires: core/give_reason
-- requires: events/outbox_access
-- requires: ops/job_runs_access

BEGIN;

CALL ops.guard_deploy();

-- Runs as who calls: only a table's owner gives a column another default.
CREATE FUNCTION ops.begin_incarnation(reason text)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
-- Nobody writes yet; who does all the same is not waited for.
SET lock_timeout = '5s'
AS $$
DECLARE
    begun_at CONSTANT timestamptz := clock_timestamp();
    newest   integer;
BEGIN
    PERFORM core.give_reason(reason);
    -- What is written now and what was written last, of both: one may have been raised by hand.
    newest := 1 + greatest(
        (SELECT max(o.incarnation) FROM events.outbox AS o),
        (
            SELECT max(pg_get_expr(d.adbin, d.adrelid)::integer)
            FROM pg_catalog.pg_attrdef AS d
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            WHERE
                d.adrelid IN ('events.outbox'::regclass, 'audit.audit_logs'::regclass) AND a.attname = 'incarnation'
        )
    );
    EXECUTE format('ALTER TABLE events.outbox ALTER COLUMN incarnation SET DEFAULT %L', newest);
    EXECUTE format('ALTER TABLE audit.audit_logs ALTER COLUMN incarnation SET DEFAULT %L', newest);
    -- Consumers go on when they see something of the next one; what is kept of the settings elsewhere is read anew.
    INSERT INTO events.outbox (topic, event, payload)
    VALUES ('config', 'config', jsonb_build_object('incarnation', newest));
    -- Where one branch ends and the next begins, and in which cluster: a restore is on record, never hidden.
    INSERT INTO ops.job_runs (job, started_at, finished_at, status, detail)
    SELECT
        'ops.begin_incarnation', begun_at, clock_timestamp(), 'succeeded', jsonb_build_object(
            'incarnation', newest, 'reason', reason, 'xid', pg_current_xact_id()::text,
            'system_identifier', s.system_identifier::text
        )
    FROM pg_control_system() AS s;
    RETURN newest;
END
$$;

COMMENT ON FUNCTION ops.begin_incarnation(text) IS
'Says that this cluster is another one than that in which the newest events and audit rows were written, or an earlier '
'state of it: after a restore, before anybody writes. What is written from now on counts as later than all that is there, '
'whatever its transaction''s number. Returns the number of the incarnation, which ops.job_runs keeps with its reason. '
'TR010 no reason.';

-- For the owner alone, who restores.
COMMIT;
