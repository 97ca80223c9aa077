-- Deploy tradebase:ops/set_retention to pg
-- requires: core/give_reason
-- requires: ops/partition_policies_audit
-- requires: ops/retirement_obstacle

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.set_retention(parent text, retention interval, action text, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    now_at   CONSTANT timestamptz := clock_timestamp();
    policy   ops.partition_policies%ROWTYPE;
    kept     interval;
    obstacle text;
BEGIN
    PERFORM core.give_reason(reason);
    IF (action IN ('detach', 'export', 'drop')) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid action'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'action', 'expected', 'detach, export or drop');
    END IF;
    -- By name: an operator may not look into every schema.
    SELECT p.* INTO policy
    FROM ops.partition_policies AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.parent
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE format('%s.%s', n.nspname, c.relname) = set_retention.parent
    FOR UPDATE OF p;
    IF NOT found THEN
        RAISE EXCEPTION 'no partition policy for this table'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'parent');
    END IF;

    IF retention IS NOT NULL THEN
        SELECT (c.value #>> '{}')::interval INTO STRICT kept
        FROM system.system_config AS c
        WHERE c.key = 'idempotency_retention';
        -- Of messages a day, in which whoever was down comes back.
        IF policy.parent = 'events.outbox'::regclass THEN
            kept := INTERVAL '1 day';
        END IF;
        IF retention > INTERVAL '100 years' OR now_at - retention > now_at - kept THEN
            RAISE EXCEPTION 'invalid retention'
                USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                    'argument', 'retention', 'expected', CASE parent
                        WHEN 'events.outbox' THEN '1 day to 100 years'
                        ELSE format('%s, the idempotency_retention, to 100 years', kept)
                    END
                );
        END IF;
        -- What would go at once must be able to.
        obstacle := ops.retirement_obstacle(policy.parent, date_trunc(policy.period, now_at - retention));
        IF obstacle IS NOT NULL THEN
            RAISE EXCEPTION 'its leaves cannot go: %', obstacle
                USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'parent', 'reason', obstacle);
        END IF;
    END IF;

    UPDATE ops.partition_policies AS p SET retention = set_retention.retention, action = set_retention.action
    WHERE p.parent = policy.parent;
    RETURN jsonb_build_object('parent', parent, 'retention', retention, 'action', action);
END
$$;

COMMENT ON FUNCTION ops.set_retention(text, interval, text, text) IS
'An operator says how old a table''s leaves may grow (NULL: they stay for ever), and what becomes of one that is older: '
'detach parks it in the attic, export has tradebase maintain write it to a file first and drops it then, drop drops it. '
'TR010 no such action, no policy, no reason, a retention below the idempotency_retention, or leaves that cannot go.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.set_retention(text, interval, text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.set_retention(text, interval, text, text) TO tradebase_operator;

COMMIT;
