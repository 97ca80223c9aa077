-- Deploy tradebase:audit/coverage to pg
-- requires: audit/trigger_body

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW audit.coverage WITH (security_invoker = TRUE) AS
SELECT
    t.relation, a.is_audited, t.why_not,
    CASE
        WHEN a.is_audited AND t.why_not IS NOT NULL THEN 'is audited, and says why it is not'
        WHEN NOT a.is_audited AND t.why_not IS NULL THEN 'is not audited, and does not say why'
        WHEN NOT a.is_audited THEN NULL
        WHEN t.relkind = 'p' THEN 'is partitioned: what is written to a leaf, or moved by MERGE, no trigger of it tells'
        WHEN NOT a.is_awake THEN 'has not one trigger for each of INSERT, UPDATE, DELETE and TRUNCATE that always fires'
        WHEN NOT a.is_kernels THEN 'is audited by a function that is not the kernel''s'
        WHEN NOT a.is_whole THEN 'is audited by another body than audit.trigger_body() writes'
    END AS problem
FROM (
    SELECT
        c.oid, c.relname, c.relkind, format('%s.%s', n.nspname, c.relname) COLLATE "default" AS relation,
        substring(obj_description(c.oid, 'pg_class') FROM '\[not audited: ([^]]+)\]') AS why_not
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE
        c.relkind IN ('r', 'p')
        AND NOT c.relispartition
        AND n.nspname IN (
            'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring'
        )
) AS t
CROSS JOIN LATERAL (
    SELECT
        count(*) > 0 AS is_audited,
        -- 4, 8, 16 and 32 are the bits of INSERT, DELETE, UPDATE and TRUNCATE.
        coalesce(bit_or(g.tgtype::integer) FILTER (
            -- Once for the whole statement, whatever it does, and also for who calls themself a replica.
            WHERE g.tgenabled = 'A' AND g.tgqual IS NULL AND cardinality(g.tgattr) = 0 AND g.tgtype & 1 = 0
        ), 0) & 60 = 60 AS is_awake,
        bool_and(p.prosecdef AND p.proowner = to_regrole('tradebase_kernel')) AS is_kernels,
        bool_and(p.prosrc = audit.trigger_body(t.oid)) AS is_whole
    FROM pg_catalog.pg_trigger AS g
    JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid
    WHERE g.tgrelid = t.oid AND p.proname = t.relname || '_audit'
) AS a;

COMMENT ON VIEW audit.coverage IS
'Every table: audited, or why not, which its comment says as [not audited: why]. A problem is a trigger that is '
'missing, asleep or out of date: an owner can put one to sleep, and here it shows. What they change while it sleeps '
'no trigger tells.';
COMMENT ON COLUMN audit.coverage.problem IS 'NULL when all is well.';

GRANT SELECT ON audit.coverage TO tradebase_auditor, tradebase_worker;

COMMIT;
