-- ops.set_retention(): an operator says how long a table is kept, never shorter than somebody may ask for what is in it.

BEGIN;
SELECT plan(32);
\ir ../fixtures/events.psql

SELECT is_definer('ops', 'set_retention', ARRAY['text', 'interval', 'text', 'text']);
SELECT function_owner_is('ops', 'set_retention', ARRAY['text', 'interval', 'text', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('ops.set_retention(text, interval, text, text)'), ARRAY['tradebase_operator'],
    'for the operator'
);
UPDATE system.system_config SET value = '"400 days"' WHERE key = 'idempotency_retention';
PREPARE keep(text, interval, text, text) AS SELECT ops.set_retention($1, $2, $3, $4);
PREPARE kept AS
SELECT retention, action FROM ops.partition_policies WHERE parent = (SELECT oid FROM pg_class WHERE relname = 'audit_logs');

SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(format('EXECUTE keep(%L, %L, %L, %L)', 'audit.audit_logs', '2 years', 'drop', 'A test.'), '42501', NULL, 'no worker');
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE keep(%L, %L, %L, %L)', 'audit.audit_logs', '2 years', 'drop', 'A test.'), '42501', NULL, 'no service');

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE keep(%L, %L, %L, %L)', w.parent, w.retention, w.action, w.reason), 'TR010', w.message, w.description
)
FROM (VALUES
    ('audit.audit_logs', '399 days', 'drop', 'A test.', 'invalid retention', 'a day less than a key may be sent again'),
    ('audit.audit_logs', '1 hour', 'detach', 'A test.', 'invalid retention', 'an hour'),
    ('audit.audit_logs', '-2 years', 'detach', 'A test.', 'invalid retention', 'less than nothing'),
    ('audit.audit_logs', '101 years', 'detach', 'A test.', 'invalid retention', 'more than a century'),
    ('audit.audit_logs', '2 years', 'burn', 'A test.', 'invalid action', 'an action that is none'),
    ('audit.audit_logs', '2 years', NULL, 'A test.', 'invalid action', 'no action'),
    ('audit.audit_logs', '2 years', 'drop', ' ', 'invalid reason', 'no reason'),
    ('market.assets', '2 years', 'drop', 'A test.', 'no partition policy for this table', 'a table without leaves'),
    (NULL, '2 years', 'drop', 'A test.', 'no partition policy for this table', 'no table'),
    (
        'trading.trades', '2 years', 'drop', 'A test.', 'its leaves cannot go: positions, fees and trade numbers are proven from '
        'every order, trade and fill: ops.verify_integrity() has no checkpoint to begin at', 'a table that is needed whole'
    )
) AS w (parent, retention, action, reason, message, description);
SELECT results_eq('kept', $$ VALUES (NULL::interval, 'detach') $$, 'no refusal changed anything');
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE keep(%L, %L, %L, %L)', 'audit.audit_logs', '399 days', 'drop', 'A test.')),
    '{"argument": "retention", "expected": "400 days, the idempotency_retention, to 100 years"}',
    'the refusal says how long it must be'
);
SELECT is(
    pg_temp.detail_of(format('EXECUTE keep(%L, %L, %L, %L)', 'trading.trades', '2 years', 'drop', 'A test.')) ->> 'argument', 'parent',
    'or that it is the table'
);

-- A ledger that would go at once and is not added up.
SAVEPOINT empty;
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2001-01-01', '2001-01-31');
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT '2001-01-05 12:00:00+00', v.id, 'opening', v.id, v.id, -1, v.delta, 0
FROM (VALUES
    ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'::uuid, 1), ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', -1)
) AS v (id, delta);
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE keep(%L, %L, %L, %L)', 'portfolio.ledger_entries', '2 years', 'drop', 'A test.'), 'TR010',
    'its leaves cannot go: entries are in no checkpoint yet: call portfolio.checkpoint_ledger()', 'pending work is told'
);
RESET ROLE;
ROLLBACK TO empty;

SET LOCAL ROLE tradebase_operator;
SELECT is(
    ops.set_retention('audit.audit_logs', '400 days', 'export', 'Our lawyers say so.'),
    '{"parent": "audit.audit_logs", "action": "export", "retention": "400 days"}', 'just as long as a key is taken is enough'
);
SELECT results_eq('kept', $$ VALUES (INTERVAL '400 days', 'export') $$, 'and kept');
SELECT lives_ok(format('EXECUTE keep(%L, %L, %L, %L)', 'portfolio.ledger_entries', '2 years', 'drop', 'A test.'), 'an empty ledger may go');
SELECT is(
    ops.set_retention('audit.audit_logs', NULL, 'detach', 'Our lawyers say otherwise.') -> 'retention', 'null', 'and for ever is long enough'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT l.database_role, l.reason, l.before, l.after FROM audit.audit_logs AS l
       WHERE l.relation = 'ops.partition_policies' AND l.operation = 'UPDATE' AND l.row_key = 'audit.audit_logs' ORDER BY l.id $$,
    $$ VALUES
        (
            'tradebase_operator', 'Our lawyers say so.', '{"retention": null, "action": "detach"}'::jsonb,
            '{"retention": "400 days", "action": "export"}'::jsonb
        ),
        (
            'tradebase_operator', 'Our lawyers say otherwise.', '{"retention": "400 days", "action": "export"}',
            '{"retention": null, "action": "detach"}'
        ) $$,
    'who said so, and why, is on record'
);
-- Messages: a day, in which whoever was down comes back, whatever idempotency_retention says.
SELECT throws_ok(
    format('EXECUTE keep(%L, %L, %L, %L)', 'events.outbox', r.retention, 'drop', 'A test.'), 'TR010', 'invalid retention',
    format('messages are not kept for %s', r.retention)
)
FROM (VALUES ('23:59:59'), ('-2 days'), ('101 years')) AS r (retention);
SELECT is(
    pg_temp.detail_of(format('EXECUTE keep(%L, %L, %L, %L)', 'events.outbox', '1 hour', 'drop', 'A test.')),
    '{"argument": "retention", "expected": "1 day to 100 years"}', 'the refusal says so'
);
SET LOCAL ROLE tradebase_operator;
SELECT is(
    ops.set_retention('events.outbox', '1 day', 'drop', 'A test.'),
    '{"parent": "events.outbox", "action": "drop", "retention": "1 day"}', 'a day is enough'
);
SELECT lives_ok(format('EXECUTE keep(%L, %L, %L, %L)', 'events.outbox', '30 days', 'detach', 'A test.'), 'a month too');
RESET ROLE;
SELECT ops.ensure_partitions('events.outbox', '2001-01-01', '2001-01-31') AS made \gset
SELECT pg_temp.tell('110', 'market:T1BTC-T1USD', created_at => '2001-01-05 12:00:00+00') AS id \gset
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(
    format('EXECUTE keep(%L, %L, %L, %L)', 'events.outbox', '1 day', 'drop', 'A test.'), 'TR010',
    'its leaves cannot go: consumer t1_one has not read it: events.status() says why', 'what somebody has not read must stay'
);
RESET ROLE;
UPDATE system.system_config SET value = '"1 day"' WHERE key = 'idempotency_retention';
SET LOCAL ROLE tradebase_operator;
SELECT lives_ok(format('EXECUTE keep(%L, %L, %L, %L)', 'audit.audit_logs', '1 day', 'drop', 'A test.'), 'the bound is the setting''s');

RESET ROLE;
SELECT finish();
ROLLBACK;
