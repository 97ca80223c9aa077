-- What only a superuser can open to monitoring, once in each database of plain PostgreSQL, after the first deploy:
--
--     psql -d tradebase -f config/monitoring.sql
--
-- and undoes with
--
--     DROP EXTENSION pg_stat_statements; DROP SCHEMA statistics;
--     REVOKE pg_read_all_stats FROM tradebase_monitor;
--
-- postgresql.conf preloads pg_stat_statements (shared_preload_libraries). Hosted Supabase has all of this: nothing to do.

\set ON_ERROR_STOP on

BEGIN;

-- In a schema that is closed: what everybody runs, with its text, is nobody's but the owner's, as whom the views of
-- monitoring read it.
SELECT 'CREATE SCHEMA statistics', 'CREATE EXTENSION pg_stat_statements SCHEMA statistics'
WHERE NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements')
\gexec

SELECT format('GRANT USAGE ON SCHEMA %s TO %s', x.extnamespace::regnamespace, m.nspowner::regrole)
FROM pg_extension AS x, pg_namespace AS m
WHERE x.extname = 'pg_stat_statements' AND m.nspname = 'monitoring'
\gexec

-- What others run and wait for, and how far a standby is. The owner is a member of it.
GRANT pg_read_all_stats TO tradebase_monitor;

COMMIT;
