-- Deploy tradebase:ops/row_digest to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.row_digest(
    relation regclass, columns name[], key name DEFAULT NULL, from_at timestamptz DEFAULT NULL,
    to_at timestamptz DEFAULT NULL
)
RETURNS TABLE (rows bigint, checksum text)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- A row is compared as it is printed: everywhere the same way.
SET timezone = 'UTC'
SET datestyle = 'ISO'
SET intervalstyle = 'postgres'
SET bytea_output = 'hex'
SET extra_float_digits = 1
AS $$
BEGIN
    EXECUTE format(
        -- The sum of the rows' MD5s: the order does not matter, a row more or less, or twice, does.
        'SELECT count(*), coalesce(sum(
            (''x'' || left(d.md5, 16))::bit(64)::bigint::numeric * 18446744073709551616
            + (''x'' || right(d.md5, 16))::bit(64)::bigint
        ), 0)::text FROM (SELECT md5(ROW(%s)::text) AS md5 FROM %s AS t%s) AS d',
        (SELECT string_agg(format('t.%I', c.name), ', ' ORDER BY c.n) FROM unnest(columns) WITH ORDINALITY AS c (name, n)),
        relation,
        CASE WHEN key IS NOT NULL THEN format(' WHERE t.%1$I >= %2$L AND t.%1$I < %3$L', key, from_at, to_at) END
    ) INTO rows, checksum;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION ops.row_digest(regclass, name[], name, timestamptz, timestamptz) IS
'How many rows a table has, and one number for what is in these columns of them, in this order; of those only whose key '
'is from from_at to before to_at where key is given. Sees what the caller sees.';

-- For the owner alone, who compares a leaf with its file.
COMMIT;
