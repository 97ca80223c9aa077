-- trading.engine_commands: what an engine is told, in order, and never otherwise afterwards.

BEGIN;
SELECT plan(23);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/trading_rows.psql
SELECT ops.ensure_partitions('trading.engine_commands', '2031-03-01', '2031-03-01') AS made \gset

SELECT columns_are('trading', 'engine_commands', ARRAY[
    'market_id', 'seq', 'created_at', 'kind', 'order_id', 'payload'
]);
SELECT indexes_are('trading', 'engine_commands', ARRAY[
    'engine_commands_pkey'
]);
SELECT is_empty(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'trading.engine_commands'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    'nothing may be unknown'
);

SELECT is(pg_temp.refusal('trading.engine_commands', c.changes::jsonb), c.refused, c.description)
FROM (VALUES
    ('{}', NULL, 'a command is fine'),
    ('{"kind": "amend"}', NULL, 'it amends'),
    ('{"kind": "cancel", "payload": {}}', NULL, 'or cancels'),
    ('{"kind": "bust"}', '23514 engine_commands_kind_check', 'a kind outside the list is refused'),
    ('{"payload": []}', '23514 engine_commands_payload_check', 'a list is no payload'),
    ('{"payload": "10"}', '23514 engine_commands_payload_check', 'nor is a text'),
    ('{"seq": null}', '23502', 'a command has its place'),
    ('{"created_at": "1900-01-01 00:00:00+00"}', '23514', 'a command goes nowhere without a leaf')
) AS c (changes, refused, description);

SELECT lives_ok($$ SELECT pg_temp.put('trading.engine_commands') $$, 'a command is written');
SELECT is(
    pg_temp.refusal('trading.engine_commands', '{}'), '23505 engine_commands_2031_03_pkey',
    'its place in the market is taken'
);
SELECT is(
    pg_temp.refusal('trading.engine_commands', jsonb_build_object('market_id', :closed_market)), NULL,
    'in another market it is not'
);

-- What is written stays, for the owner too, through the parent and past it.
PREPARE rewrite AS UPDATE trading.engine_commands SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget AS DELETE FROM trading.engine_commands WHERE market_id = :open_market;
PREPARE seen_in_the_leaf AS SELECT market_id FROM partitions.engine_commands_2031_03 WHERE market_id = :open_market;
PREPARE rewrite_the_leaf AS UPDATE partitions.engine_commands_2031_03 SET market_id = -1 WHERE market_id = :open_market;
PREPARE forget_the_leaf AS DELETE FROM partitions.engine_commands_2031_03 WHERE market_id = :open_market;

SELECT throws_ok('rewrite', 'TR902', 'trading.engine_commands is append-only', 'no row is changed');
SELECT throws_ok('forget', 'TR902', 'trading.engine_commands is append-only', 'no row is removed');
SELECT throws_ok(
    'TRUNCATE trading.engine_commands', 'TR902', 'trading.engine_commands is append-only', 'nor all of them at once'
);
\if :owner_is_past_rls
SELECT isnt_empty('seen_in_the_leaf', 'past the parent an owner with BYPASSRLS sees all');
\else
SELECT is_empty('seen_in_the_leaf', 'past the parent even the owner sees none');
\endif
ALTER TABLE partitions.engine_commands_2031_03 NO FORCE ROW LEVEL SECURITY;
SELECT isnt_empty('seen_in_the_leaf', 'an owner can open a leaf');
SELECT throws_ok(
    'rewrite_the_leaf', 'TR902', 'trading.engine_commands is append-only', 'and still changes no row there'
);
SELECT throws_ok('forget_the_leaf', 'TR902', 'trading.engine_commands is append-only', 'nor removes one');
SELECT throws_ok(
    'TRUNCATE partitions.engine_commands_2031_03', 'TR902', 'trading.engine_commands is append-only', 'nor all of them'
);
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid IN ('trading.engine_commands'::regclass, 'partitions.engine_commands_2031_03'::regclass)
       AND NOT t.tgisinternal ORDER BY 1 DESC, 2 $$,
    $$ VALUES
        ('trading.engine_commands', 'engine_commands_append_only', 'A'),
        ('trading.engine_commands', 'engine_commands_no_truncate', 'A'),
        ('partitions.engine_commands_2031_03', 'engine_commands_append_only', 'A'),
        ('partitions.engine_commands_2031_03', 'engine_commands_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same, on a leaf too'
);

SELECT finish();
ROLLBACK;
