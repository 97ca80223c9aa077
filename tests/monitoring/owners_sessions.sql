-- monitoring.owners_sessions(): sessions as the owner sees them, who on hosted Supabase sees all.

BEGIN;
SELECT plan(4);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'owners_sessions', '{}'::name[]);
SELECT is(
    (SELECT proowner FROM pg_proc WHERE oid = 'monitoring.owners_sessions()'::regprocedure),
    (SELECT nspowner FROM pg_namespace WHERE nspname = 'ops'), 'as the owner of the database'
);
SELECT is(pg_temp.who_may_execute('monitoring.owners_sessions()'), ARRAY['tradebase_monitor'], 'for who watches');
SET LOCAL ROLE tradebase_monitor;
SELECT isnt_empty(
    'SELECT FROM monitoring.owners_sessions() WHERE pid = pg_backend_pid() AND state = ''active''',
    'the owner sees what its own sessions do, whoever asks'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
