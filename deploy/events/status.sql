-- Deploy tradebase:events/status to pg
-- requires: events/consumers_access
-- requires: events/outbox_access
-- requires: events/undelivered_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION events.status()
RETURNS TABLE (
    consumer text, pending bigint, oldest_at timestamptz, delayed interval, undelivered bigint, delivered bigint,
    last_error text, blocked_by_pid integer, blocked_by_xid xid8, blocked_since timestamptz, problem text
)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    now_at   CONSTANT timestamptz := clock_timestamp();
    finished CONSTANT xid8 := pg_snapshot_xmin(pg_current_snapshot());
    never    CONSTANT xid8 := pg_snapshot_xmax(pg_current_snapshot());
    newest   CONSTANT integer := (SELECT max(o.incarnation) FROM events.outbox AS o);
    oldest   record;
BEGIN
    -- The oldest transaction that writes, in whichever database of the cluster: every one holds a lock on its number, which
    -- everybody may see. One that is prepared has no process.
    SELECT l.pid, l.transactionid, a.xact_start INTO oldest
    FROM pg_catalog.pg_locks AS l
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid IS DISTINCT FROM pg_backend_pid()
    ORDER BY age(l.transactionid) DESC
    LIMIT 1;

    RETURN QUERY
    SELECT
        k.name, p.pending, p.oldest_at, now_at - p.oldest_at, u.undelivered, k.delivered, k.last_error,
        CASE WHEN p.waiting THEN oldest.pid END, CASE WHEN p.waiting THEN finished END,
        CASE WHEN p.waiting THEN oldest.xact_start END,
        CASE
            WHEN p.foreign_rows THEN 'events carry transactions of another cluster: raise the incarnation'
            WHEN k.from_xid > never AND p.newer_rows IS NOT TRUE
                THEN 'the cursor is of another cluster: raise the incarnation'
            WHEN p.waiting AND oldest.transactionid IS NULL THEN NULL
            WHEN p.waiting AND oldest.pid IS NULL THEN 'a prepared transaction is neither committed nor rolled back'
            WHEN p.waiting THEN format('process %s has a transaction open', oldest.pid)
        END
    FROM events.consumers AS k
    CROSS JOIN LATERAL (
        SELECT
            count(*) AS pending, min(o.created_at) AS oldest_at,
            coalesce(bool_or(o.incarnation = k.incarnation AND o.xid >= finished), FALSE) AS waiting,
            bool_or(o.xid >= never AND o.incarnation = newest) AS foreign_rows, bool_or(o.incarnation > k.incarnation) AS newer_rows
        FROM (
            SELECT x.created_at, x.xid, x.incarnation
            FROM events.outbox AS x
            WHERE
                x.incarnation = k.incarnation AND x.xid >= k.from_xid
                AND NOT coalesce(x.xid < k.upto_xid AND x.id <= k.last_id, FALSE)
                OR x.incarnation > k.incarnation
            LIMIT 10000
        ) AS o
    ) AS p
    CROSS JOIN LATERAL (
        SELECT count(*) AS undelivered FROM events.undelivered AS x WHERE x.consumer = k.name
    ) AS u
    ORDER BY k.name;
END
$$;

COMMENT ON FUNCTION events.status() IS
'How far every consumer is: events that wait for it (counted up to 10000), the oldest and how long it waits, those it could '
'not deliver, why it last failed; and, where events wait for a transaction that has not ended, which process has it open '
'(NULL: it is prepared) and since when, as far as who asks may see it.';

GRANT CREATE ON SCHEMA events TO tradebase_kernel;
ALTER FUNCTION events.status() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA events FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION events.status() TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
