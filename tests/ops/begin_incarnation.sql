-- ops.begin_incarnation(): after a restore events and audit rows count as later than all that was there.

BEGIN;
SELECT plan(14);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/events.psql

SELECT isnt_definer('ops', 'begin_incarnation', ARRAY['text'], 'the owner says so, who has restored');
SELECT is(pg_temp.who_may_execute('ops.begin_incarnation(text)'), '{}', 'it is for the owner alone');
PREPARE begin_anew(text) AS SELECT ops.begin_incarnation($1);
SELECT throws_ok($$ EXECUTE begin_anew(NULL) $$, 'TR010', 'invalid reason', 'it has a reason');
SELECT throws_ok($$ EXECUTE begin_anew(' ') $$, 'TR010', 'invalid reason', 'and one that says something');

-- A consumer of another cluster, whose numbers were higher, with one event left.
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '900000000000');
SELECT pg_temp.tell('900000000001', 'market:T1BTC-T1USD') AS before_it \gset
SELECT is(
    (SELECT s.problem FROM events.status() AS s WHERE s.consumer = 't1_one'),
    'events carry transactions of another cluster: raise the incarnation', 'until then status says what is to be done'
);
SELECT is_empty($$ SELECT id FROM events.read('t1_one') $$, 'and nothing is read');
SELECT is(ops.begin_incarnation('A test.'), 2, 'the next one begins');
SELECT results_eq(
    $$ SELECT id, topic FROM events.read('t1_one') $$, format('VALUES (%s::bigint, %L)', :'before_it', 'market:T1BTC-T1USD'),
    'what was left is read'
);
INSERT INTO events.outbox (topic, event, payload) VALUES ('market:T1BTC-T1USD', 'test', '{}');
SELECT results_eq(
    $$ SELECT DISTINCT incarnation FROM events.outbox WHERE xid = pg_current_xact_id() AND event = 'test' $$, ARRAY[2],
    'an event is of this one'
);
SELECT results_eq(
    $$ SELECT payload FROM events.outbox WHERE event = 'config' AND xid = pg_current_xact_id() $$,
    $$ VALUES ('{"incarnation": 2}'::jsonb) $$, 'what is kept of the settings elsewhere is read anew'
);
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('T1INC', 'T', 'crypto', 8, 2);
SELECT results_eq(
    $$ SELECT DISTINCT incarnation FROM audit.audit_logs WHERE relation = 'market.assets' AND after ->> 'code' = 'T1INC' $$,
    ARRAY[2], 'and so is an audit row'
);
SELECT results_eq(
    $$ SELECT status, detail ->> 'incarnation', detail ->> 'reason', detail ->> 'system_identifier' = s.system_identifier::text
       FROM ops.job_runs, pg_control_system() AS s WHERE job = 'ops.begin_incarnation' $$,
    $$ VALUES ('succeeded', '2', 'A test.', TRUE) $$, 'where it began, and why, is on record'
);

-- Raised by hand, of one of them: the next is later than both.
ALTER TABLE audit.audit_logs ALTER COLUMN incarnation SET DEFAULT 7;
SELECT is(ops.begin_incarnation('A test.'), 8, 'the next is later than what either has');
SELECT is(
    ARRAY(
        SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
        JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE d.adrelid IN ('events.outbox'::regclass, 'audit.audit_logs'::regclass) AND a.attname = 'incarnation'
        ORDER BY 1
    ), ARRAY['8', '8'], 'and the same for both'
);

SELECT finish();
ROLLBACK;
