-- audit.audit_logs: auditors read all, users what they did as users, and nobody changes a record.

BEGIN;
SELECT plan(34);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT policies_are('audit', 'audit_logs', ARRAY[
    'audit_logs_kernel_all', 'audit_logs_actor_select', 'audit_logs_auditor_select'
]);
SELECT is(
    pg_temp.grants_on('audit.audit_logs'),
    ARRAY[
        'authenticated: SELECT (actor_id, after, before, created_at, database_role, id, operation, relation, request_id, row_key, session_id)',
        'tradebase_auditor: SELECT', 'tradebase_kernel: INSERT, SELECT'
    ], 'the grants are these and no others'
);
INSERT INTO audit.audit_logs (actor_id, database_role, session_role, relation, operation, row_key) VALUES
(:'alice', 'authenticated', 'authenticator', 't.t', 'UPDATE', 'by Alice'),
(:'alice', 'tradebase_support', 'authenticator', 't.t', 'UPDATE', 'by Alice, who also works here'),
(:'bob', 'authenticated', 'authenticator', 't.t', 'UPDATE', 'by Bob'),
(NULL, 'service_role', 'service_authenticator', 't.t', 'UPDATE', 'by a service');
PREPARE seen AS SELECT l.row_key FROM audit.audit_logs AS l WHERE l.relation = 't.t' ORDER BY l.id;
PREPARE reasons AS SELECT l.reason FROM audit.audit_logs AS l;
PREPARE invent AS
INSERT INTO audit.audit_logs (database_role, session_role, relation, operation) VALUES ('a', 'a', 't.t', 'DELETE');
PREPARE edit AS UPDATE audit.audit_logs SET reason = 'another';
PREPARE forget AS DELETE FROM audit.audit_logs;

SELECT ops.ensure_partitions('audit.audit_logs', '2019-03-01', '2019-03-01') AS made \gset
-- In a leaf: the same, past every policy of the parent.
PREPARE peek AS SELECT * FROM partitions.audit_logs_2019_03;

SET LOCAL ROLE authenticated;
SELECT throws_ok(
    'SELECT FROM audit.audit_logs', '42501', 'permission denied for schema audit', 'users reach it through api alone'
);
RESET ROLE;
GRANT USAGE ON SCHEMA audit TO anon, authenticated, service_role, tradebase_support, tradebase_operator;

SET LOCAL ROLE authenticated;
SELECT is_empty('seen', 'nobody did nothing');
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('seen', $$ VALUES ('by Alice') $$, 'Alice sees what she did as a user');
SELECT throws_ok('reasons', '42501', NULL, 'and no reasons');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('seen', $$ VALUES ('by Bob') $$, 'Bob what he did');
SELECT throws_ok('invent', '42501', NULL, 'he invents nothing');
SELECT throws_ok('edit', '42501', NULL, 'edits nothing');
SELECT throws_ok('forget', '42501', NULL, 'and removes nothing');
SELECT throws_ok('peek', '42501', NULL, 'nor looks into a leaf');

SET LOCAL ROLE tradebase_auditor;
SELECT results_eq(
    'seen', $$ VALUES ('by Alice'), ('by Alice, who also works here'), ('by Bob'), ('by a service') $$,
    'an auditor sees all'
);
SELECT throws_ok('invent', '42501', NULL, 'and invents nothing');
SELECT throws_ok('edit', '42501', NULL, 'edits nothing');
SELECT throws_ok('forget', '42501', NULL, 'removes nothing');
SELECT throws_ok('peek', '42501', NULL, 'nor looks into a leaf');

SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('invent', 'the kernel records');
SELECT throws_ok('edit', '42501', NULL, 'and edits nothing');
SELECT throws_ok('forget', '42501', NULL, 'removes nothing');
SELECT throws_ok('TRUNCATE audit.audit_logs', '42501', NULL, 'and empties nothing');
SELECT throws_ok('peek', '42501', NULL, 'nor looks into a leaf');

SET LOCAL ROLE service_role;
SELECT throws_ok('seen', '42501', NULL, 'a service reads nothing');
SELECT throws_ok('invent', '42501', NULL, 'invents nothing');
SELECT throws_ok('edit', '42501', NULL, 'edits nothing');
SELECT throws_ok('forget', '42501', NULL, 'removes nothing');
SELECT throws_ok('TRUNCATE audit.audit_logs', '42501', NULL, 'and empties nothing');
SELECT throws_ok('peek', '42501', NULL, 'nor looks into a leaf');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('seen', '42501', NULL, 'an operator reads nothing, least of all about themself');
SELECT throws_ok('edit', '42501', NULL, 'and edits nothing');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok('seen', '42501', NULL, 'support reads nothing');
SET LOCAL ROLE anon;
SELECT throws_ok('seen', '42501', NULL, 'nor does anybody off the street');
SELECT throws_ok('edit', '42501', NULL, 'who edits nothing');
SELECT throws_ok('forget', '42501', NULL, 'and removes nothing');
SELECT throws_ok('peek', '42501', NULL, 'nor looks into a leaf');

RESET ROLE;
SELECT finish();
ROLLBACK;
