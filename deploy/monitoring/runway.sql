-- Deploy tradebase:monitoring/runway to pg
-- requires: ops/partition_bounds
-- requires: ops/partition_policies_access

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.runway WITH (security_invoker = TRUE) AS
SELECT
    p.parent::text AS parent, p.period, p.premake, l.leaves, ready.until AS ready_until,
    CASE
        WHEN ready.until IS NULL THEN -1
        WHEN p.period IN ('day', 'week')
            THEN (ready.until::date - n.period_at::date) / CASE p.period WHEN 'day' THEN 1 ELSE 7 END - 1
        WHEN p.period = 'month' THEN ahead.months - 1
        ELSE ahead.months / 12 - 1
    END AS ready
FROM ops.partition_policies AS p
CROSS JOIN LATERAL (
    -- In UTC, like the leaves.
    SELECT date_trunc(p.period, clock_timestamp() AT TIME ZONE 'UTC') AS period_at
) AS n
CROSS JOIN LATERAL (
    -- Read once, whatever their number; a gap ends a range.
    SELECT
        count(*) AS leaves,
        range_agg(
            tsrange(b.from_at AT TIME ZONE 'UTC', b.to_at AT TIME ZONE 'UTC')
        ) FILTER (WHERE NOT b.is_default) AS held
    FROM ops.partition_bounds(p.parent) AS b
) AS l
LEFT JOIN LATERAL (
    SELECT upper(r.held) AS until FROM unnest(l.held) AS r (held) WHERE r.held @> n.period_at
) AS ready ON TRUE
CROSS JOIN LATERAL (
    SELECT (extract(YEAR FROM a.ahead) * 12 + extract(MONTH FROM a.ahead))::integer AS months
    FROM age(ready.until, n.period_at) AS a (ahead)
) AS ahead;

COMMENT ON VIEW monitoring.runway IS
'How far ahead each partitioned table has leaves. What is wrong with one of them ops.partition_health() says.';
COMMENT ON COLUMN monitoring.runway.premake IS 'How many leaves after today''s there should be.';
COMMENT ON COLUMN monitoring.runway.ready IS
'How many there are without a gap; -1: not even today''s, and what is written is refused.';
COMMENT ON COLUMN monitoring.runway.ready_until IS 'In UTC.';

GRANT SELECT ON monitoring.runway TO tradebase_monitor;

COMMIT;
