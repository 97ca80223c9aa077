-- audit.as_of(): a row as it was at a time, by its record alone.

BEGIN;
SELECT plan(20);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('audit.as_of(text,text,timestamptz)'), ARRAY['tradebase_auditor'], 'for auditors'
);
SELECT isnt_definer('audit', 'as_of', ARRAY['text', 'text', 'timestamp with time zone']);

SELECT clock_timestamp() AS before_all \gset
INSERT INTO system.feature_flags (key, description) VALUES ('as_of', 'First.');
SELECT clock_timestamp() AS first \gset
UPDATE system.feature_flags SET description = 'Second.', rollout_pct = 10 WHERE key = 'as_of';
SELECT clock_timestamp() AS second \gset
UPDATE system.feature_flags SET rollout_pct = 20 WHERE key = 'as_of';
SELECT clock_timestamp() AS third \gset
DELETE FROM system.feature_flags WHERE key = 'as_of';
SELECT clock_timestamp() AS fourth \gset
INSERT INTO system.feature_flags (key, description) VALUES ('as_of', 'Again.');
SELECT clock_timestamp() AS fifth \gset
TRUNCATE system.feature_flags;
SELECT clock_timestamp() AS sixth \gset

SET LOCAL ROLE tradebase_auditor;
PREPARE was(text) AS
SELECT r.flag ->> 'description', r.flag ->> 'rollout_pct', r.flag ->> 'is_enabled'
FROM (SELECT audit.as_of('system.feature_flags', 'as_of', $1::timestamptz) AS flag) AS r;
SELECT results_eq(format('EXECUTE was(%L)', :'before_all'), 'VALUES (NULL::text, NULL::text, NULL::text)', 'before it was, nothing');
SELECT results_eq(format('EXECUTE was(%L)', :'first'), $$ VALUES ('First.', '0', 'false') $$, 'as it was made');
SELECT results_eq(format('EXECUTE was(%L)', :'second'), $$ VALUES ('Second.', '10', 'false') $$, 'as it was changed');
SELECT results_eq(format('EXECUTE was(%L)', :'third'), $$ VALUES ('Second.', '20', 'false') $$, 'in part, again');
SELECT is(audit.as_of('system.feature_flags', 'as_of', :'fourth'), NULL, 'when it was gone, nothing');
SELECT results_eq(format('EXECUTE was(%L)', :'fifth'), $$ VALUES ('Again.', '0', 'false') $$, 'as it was made again, without what it had been');
SELECT is(audit.as_of('system.feature_flags', 'as_of', :'sixth'), NULL, 'when all were gone, nothing');
SELECT is(
    audit.as_of('system.feature_flags', 'as_of', 'infinity'), audit.as_of('system.feature_flags', 'as_of', :'sixth'),
    'the future is as the present'
);
RESET ROLE;
SELECT is(
    (SELECT audit.as_of('system.system_config', c.key, clock_timestamp())) - ARRAY['value'],
    to_jsonb(c) - ARRAY['value', 'updated_at', 'updated_by']
    || jsonb_build_object('min_value', c.min_value, 'max_value', c.max_value),
    'a row that came with its table is as it is: ' || c.key
)
FROM system.system_config AS c WHERE c.key IN ('trading_enabled', 'price_collar_pct') ORDER BY c.key;

SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok('SELECT audit.as_of(' || asked || ')', 'TR010', message, description)
FROM (VALUES
    ($$ 'system.no_such', 'a', now() $$, 'invalid relation', 'an unknown table'),
    ($$ 'trading.orders', 'a', now() $$, 'invalid relation', 'a table that is not audited'),
    ($$ 'system.feature_flags', 'no_such', now() $$, 'invalid row_key', 'an unknown key'),
    ($$ 'system.feature_flags', NULL, now() $$, 'invalid row_key', 'no key'),
    ($$ 'system.feature_flags', 'as_of', NULL $$, 'invalid at', 'no time')
) AS q (asked, message, description);
RESET ROLE;
INSERT INTO audit.audit_logs (database_role, session_role, relation, operation, row_key, after)
VALUES ('a', 'a', 'system.feature_flags', 'UPDATE', 'older', '{}');
SET LOCAL ROLE tradebase_auditor;
SELECT throws_ok(
    $$ SELECT audit.as_of('system.feature_flags', 'older', now()) $$, 'TR010', 'the row is older than its record',
    'what is not known is not made up'
);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ SELECT audit.as_of('system.feature_flags', 'as_of', now()) $$, '42501', NULL, 'an operator does not ask');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ SELECT audit.as_of('system.feature_flags', 'as_of', now()) $$, '42501', NULL, 'nor does a user');

RESET ROLE;
SELECT finish();
ROLLBACK;
