-- Deploy tradebase:monitoring/record_pools to pg
-- requires: monitoring/pool_samples_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION monitoring.record_pools(pools jsonb)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    now_at   CONSTANT timestamptz := clock_timestamp();
    recorded integer;
BEGIN
    IF (jsonb_typeof(pools) = 'array' AND jsonb_array_length(pools) <= 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'pools is a list of at most 1000'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'pools', 'expected', 'a list');
    END IF;
    DELETE FROM monitoring.pool_samples AS s WHERE s.sampled_at < now_at - INTERVAL '1 day';
    INSERT INTO monitoring.pool_samples (
        sampled_at, pool, login, clients_active, clients_waiting, servers_active, servers_idle, max_wait
    )
    SELECT
        now_at, p.pool, p.login, p.clients_active, p.clients_waiting, p.servers_active, p.servers_idle,
        make_interval(secs => p.max_wait_seconds)
    FROM jsonb_to_recordset(pools) AS p (
        pool text, login text, clients_active integer, clients_waiting integer, servers_active integer,
        servers_idle integer, max_wait_seconds double precision
    );
    GET DIAGNOSTICS recorded = ROW_COUNT;
    RETURN recorded;
EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
    RAISE EXCEPTION 'a pool is not what SHOW POOLS says of one'
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'pools', 'expected',
            'pool, login, clients_active, clients_waiting, servers_active, servers_idle, max_wait_seconds'
        );
END
$$;

COMMENT ON FUNCTION monitoring.record_pools(jsonb) IS
'Keeps what PgBouncer''s SHOW POOLS said, which no function of the database can ask: [{"pool", "login", "clients_active", '
'"clients_waiting", "servers_active", "servers_idle", "max_wait_seconds"}]; forgets what is older than a day. Returns '
'how many. TR010 something else.';

GRANT CREATE ON SCHEMA monitoring TO tradebase_kernel;
ALTER FUNCTION monitoring.record_pools(jsonb) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA monitoring FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION monitoring.record_pools(jsonb) TO tradebase_worker;

COMMIT;
