-- Deploy tradebase:ops/leaf_period to pg
-- requires: ops/partition_policies_access

BEGIN;

CALL ops.guard_deploy();

-- A leaf that is detached has lost its parent and its bounds; its name still says both.
CREATE FUNCTION ops.leaf_period(leaf name)
RETURNS TABLE (parent regclass, from_at timestamptz, to_at timestamptz)
LANGUAGE sql
STABLE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
BEGIN ATOMIC
    SELECT p.parent, f.from_at, f.from_at + ('1 ' || p.period)::interval
    FROM ops.partition_policies AS p
    JOIN pg_class AS c ON c.oid = p.parent
    CROSS JOIN LATERAL (
        SELECT
            right(leaf::text, -(length(c.relname) + 1)) AS suffix,
            CASE p.period
                WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY_MM' WHEN 'week' THEN 'IYYY_"w"IW' ELSE 'YYYY_MM_DD'
            END AS format
    ) AS s
    -- Counted from the year's beginning, which no number makes an error; a month 13 comes back as another text.
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN leaf::text <> c.relname || '_' || s.suffix THEN NULL
            WHEN s.suffix ~ '^\d{4}_w\d\d$'
                THEN to_timestamp(left(s.suffix, 4) || '01', 'IYYYIW')
                    + make_interval(weeks => right(s.suffix, 2)::integer - 1)
            WHEN s.suffix ~ '^\d{4}(_\d\d(_\d\d)?)?$'
                THEN to_timestamp(left(s.suffix, 4), 'YYYY') + make_interval(
                    months => coalesce(nullif(substr(s.suffix, 6, 2), '')::integer - 1, 0),
                    days => coalesce(nullif(substr(s.suffix, 9, 2), '')::integer - 1, 0)
                )
        END AS from_at
    ) AS f
    WHERE to_char(f.from_at, s.format) = s.suffix;
END;

COMMENT ON FUNCTION ops.leaf_period(name) IS
'What the name of a leaf says, attached or not: whose it is, and from when to when it goes. No row where '
'ops.ensure_partitions() gives no such name.';

GRANT EXECUTE ON FUNCTION ops.leaf_period(name)
TO tradebase_kernel, tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
