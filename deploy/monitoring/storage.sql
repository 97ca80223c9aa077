-- Deploy tradebase:monitoring/storage to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring.storage WITH (security_invoker = TRUE) AS
SELECT
    format('%s.%s', n.nspname, c.relname) COLLATE "default" AS relation,
    CASE
        WHEN c.relkind = 'i' THEN 'index'
        WHEN c.relispartition THEN 'partition'
        ELSE 'table'
    END AS kind,
    format('%s.%s', tn.nspname, t.relname) COLLATE "default" AS of_table,
    coalesce(CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid) ELSE pg_table_size(c.oid) END, 0) AS bytes,
    -- -1: never counted.
    CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint END AS row_estimate
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(pg_partition_root(coalesce(i.indrelid, c.oid)), i.indrelid, c.oid)
JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.relnamespace
WHERE c.relkind IN ('r', 'm', 'i') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_';

COMMENT ON VIEW monitoring.storage IS
'How large each table, leaf and index is, this moment. It asks the file system about each of them: for a dashboard every '
'minute, not every second. What was, is in monitoring.growth.';
COMMENT ON COLUMN monitoring.storage.of_table IS 'The table that a leaf or an index belongs to in the end.';
COMMENT ON COLUMN monitoring.storage.bytes IS 'Of a table with what is stored aside (TOAST) and its maps, without its indexes.';
COMMENT ON COLUMN monitoring.storage.row_estimate IS 'As ANALYZE and vacuum last counted; NULL where they have not, or there are none.';

-- The kernel takes the daily sample.
GRANT SELECT ON monitoring.storage TO tradebase_monitor, tradebase_kernel;

COMMIT;
