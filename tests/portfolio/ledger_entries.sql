-- portfolio.ledger_entries: every journal sums to zero per asset, and what is written stays as it was written.

BEGIN;
SELECT plan(43);
\ir ../fixtures/owner_is_past_rls.psql
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql
\ir ../fixtures/detail_of.psql
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2019-03-01', '2019-03-01') AS made \gset

SELECT columns_are('portfolio', 'ledger_entries', ARRAY[
    'id', 'created_at', 'journal_id', 'reason', 'ref_id', 'user_id', 'asset_id', 'd_available', 'd_held',
    'available_after', 'held_after', 'version'
]);
SELECT col_type_is('portfolio', 'ledger_entries', 'd_available', 'core', 'delta', 'a change is a delta');
SELECT col_type_is('portfolio', 'ledger_entries', 'available_after', 'core', 'amount', 'what it leaves is an amount');
SELECT indexes_are('portfolio', 'ledger_entries', ARRAY[
    'ledger_entries_pkey', 'ledger_entries_user_id_asset_id_version_idx', 'ledger_entries_journal_id_idx',
    'ledger_entries_created_at_idx'
]);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'portfolio.ledger_entries'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['available_after', 'held_after', 'version'],
    'nothing else may be unknown'
);

-- A journal of one entry for Alice and one that takes the same from the account of the world outside.
CREATE FUNCTION pg_temp.post(
    d_available numeric DEFAULT 10, d_held numeric DEFAULT 0,
    other numeric DEFAULT NULL, other_asset_id integer DEFAULT NULL,
    other_journal text DEFAULT '0190aaaa-0000-7000-8000-000000000001', reason text DEFAULT 'deposit',
    available_after numeric DEFAULT 10, held_after numeric DEFAULT 0, version bigint DEFAULT 1,
    created_at timestamptz DEFAULT '2019-03-05 10:00:00+00', asset text DEFAULT 'T1USD'
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO portfolio.ledger_entries (
        created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held,
        available_after, held_after, version
    )
    SELECT
        post.created_at, '0190aaaa-0000-7000-8000-000000000001'::uuid, reason,
        '0190aaaa-0000-7000-8000-000000000001'::uuid,
        'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, a.id, d_available, d_held, available_after, held_after, version
    FROM market.assets AS a WHERE a.code = asset
    UNION ALL
    SELECT
        post.created_at, other_journal::uuid, reason, '0190aaaa-0000-7000-8000-000000000001',
        '00000000-0000-7000-8000-000000000002', coalesce(other_asset_id, a.id),
        coalesce(other, -d_available - d_held), 0, NULL, NULL, NULL
    FROM market.assets AS a WHERE a.code = asset
$$;
PREPARE alice_entries AS
SELECT d_available::text, d_held::text, available_after::text, held_after::text, version
FROM portfolio.ledger_entries WHERE user_id = :'alice' ORDER BY id;

-- Money is moved, never made
SELECT throws_ok(
    'SELECT pg_temp.post(other => -9.99)', 'TR901', 'a journal does not sum to zero',
    'a journal that makes money is refused'
);
SELECT throws_ok(
    'SELECT pg_temp.post(other => -10.01)', 'TR901', 'a journal does not sum to zero', 'so is one that loses some'
);
SELECT throws_ok(
    'SELECT pg_temp.post(d_held => 5, other => -10)', 'TR901', 'a journal does not sum to zero', 'what is held counts'
);
SELECT throws_ok(
    format('SELECT pg_temp.post(other_asset_id => %s)', :t1btc), 'TR901', 'a journal does not sum to zero',
    'one asset does not pay for another'
);
SELECT throws_ok(
    $$ SELECT pg_temp.post(other_journal => '0190bbbb-0000-7000-8000-000000000002') $$, 'TR901',
    'a journal does not sum to zero', 'nor one journal for another'
);
SELECT is(
    pg_temp.detail_of('SELECT pg_temp.post(d_held => 5, other => -14.99)'),
    jsonb_build_object('journal_id', '0190aaaa-0000-7000-8000-000000000001', 'asset_id', :t1usd, 'excess', '0.01'),
    'the detail tells the journal, the asset and what is too much'
);
SELECT is_empty('alice_entries', 'nothing of it is written');

-- A well-formed entry
SELECT throws_ok($$ SELECT pg_temp.post(reason => 'gift') $$, '23514', NULL, 'a reason outside the list is refused');
SELECT throws_ok('SELECT pg_temp.post(d_available => 0)', '23514', NULL, 'an entry changes something');
SELECT throws_ok('SELECT pg_temp.post(version => NULL)', '23514', NULL, 'a balance after it has a version');
SELECT throws_ok('SELECT pg_temp.post(available_after => NULL)', '23514', NULL, 'a version has a balance after it');
SELECT throws_ok('SELECT pg_temp.post(held_after => NULL)', '23514', NULL, 'and what is held after it');
SELECT throws_ok('SELECT pg_temp.post(version => 0)', '23514', NULL, 'versions count from one');
SELECT throws_ok('SELECT pg_temp.post(available_after => -1)', '23514', NULL, 'no entry leaves less than nothing');
SELECT throws_ok($$ SELECT pg_temp.post(d_available => 'NaN') $$, '23514', NULL, 'NaN is no change');
SELECT throws_ok($$ SELECT pg_temp.post(d_available => 'Infinity') $$, '23514', NULL, 'Infinity is no change');
SELECT throws_ok($$ SELECT pg_temp.post(d_available => '-Infinity', other => 0) $$, '23514', NULL, 'nor -Infinity');
SELECT throws_ok('SELECT pg_temp.post(d_available => 1e20)', '23514', NULL, 'a change is below 1e20');
SELECT throws_ok('SELECT pg_temp.post(d_available => 1e-19)', '23514', NULL, 'a change has at most 18 decimals');
SELECT throws_ok(
    $$ SELECT pg_temp.post(created_at => '1900-01-01 00:00:00+00') $$, '23514', NULL,
    'an entry goes nowhere without a leaf'
);
SELECT is_empty('alice_entries', 'none of these is written either');

SELECT lives_ok('SELECT pg_temp.post()', 'a journal that sums to zero is written');
SELECT results_eq('alice_entries', $$ VALUES ('10', '0', '10', '0', 1::bigint) $$, 'Alice''s side of it is there');
SELECT results_eq(
    $$ SELECT tableoid::regclass::text, d_available::text FROM portfolio.ledger_entries
       WHERE journal_id = '0190aaaa-0000-7000-8000-000000000001' ORDER BY id $$,
    $$ VALUES ('partitions.ledger_entries_2019_03', '10'), ('partitions.ledger_entries_2019_03', '-10') $$,
    'both sides are in the leaf of their month'
);

-- What is written stays, for the owner too, through the parent and past it.
PREPARE rewrite AS UPDATE portfolio.ledger_entries SET d_available = 1000 WHERE user_id = :'alice';
PREPARE move_to_bob AS UPDATE portfolio.ledger_entries SET user_id = :'bob' WHERE user_id = :'alice';
PREPARE forget AS DELETE FROM portfolio.ledger_entries WHERE user_id = :'alice';
PREPARE seen_in_the_leaf AS SELECT id FROM partitions.ledger_entries_2019_03;
PREPARE rewrite_the_leaf AS UPDATE partitions.ledger_entries_2019_03 SET reason = 'trade';
PREPARE forget_the_leaf AS DELETE FROM partitions.ledger_entries_2019_03;
PREPARE pay_into_the_leaf AS
INSERT INTO partitions.ledger_entries_2019_03 (
    id, created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held
)
OVERRIDING SYSTEM VALUE
VALUES (
    -1, '2019-03-05 10:00:00+00', '0190aaaa-0000-7000-8000-000000000001', 'deposit',
    '0190aaaa-0000-7000-8000-000000000001', :'alice', :t1usd, 1000, 0
);

SELECT throws_ok('rewrite', 'TR902', 'portfolio.ledger_entries is append-only', 'no entry is changed');
SELECT throws_ok('move_to_bob', 'TR902', 'portfolio.ledger_entries is append-only', 'no entry becomes somebody else''s');
SELECT throws_ok('forget', 'TR902', 'portfolio.ledger_entries is append-only', 'no entry is removed');
SELECT throws_ok('TRUNCATE portfolio.ledger_entries', 'TR902', 'portfolio.ledger_entries is append-only', 'nor all of them at once');
\if :owner_is_past_rls
SELECT isnt_empty('seen_in_the_leaf', 'past the parent an owner with BYPASSRLS sees each entry');
\else
SELECT is_empty('seen_in_the_leaf', 'past the parent even the owner sees no entry');
\endif

-- An owner who takes the bars away.
ALTER TABLE partitions.ledger_entries_2019_03 NO FORCE ROW LEVEL SECURITY;
SELECT isnt_empty('seen_in_the_leaf', 'an owner can open a leaf');
SELECT throws_ok('rewrite_the_leaf', 'TR902', 'portfolio.ledger_entries is append-only', 'and still changes no entry there');
SELECT throws_ok('forget_the_leaf', 'TR902', 'portfolio.ledger_entries is append-only', 'nor removes one');
SELECT throws_ok(
    'TRUNCATE partitions.ledger_entries_2019_03', 'TR902', 'portfolio.ledger_entries is append-only', 'nor all of them'
);
SELECT throws_ok('pay_into_the_leaf', 'TR901', 'a journal does not sum to zero', 'nor makes money there');
SELECT results_eq('alice_entries', $$ VALUES ('10', '0', '10', '0', 1::bigint) $$, 'the entry is as it was');

SELECT throws_ok(
    $$ UPDATE portfolio.ledger_entries SET id = 1 WHERE FALSE $$, '428C9', NULL, 'the server numbers the entries'
);
SELECT results_eq(
    $$ SELECT t.tgrelid::regclass::text, t.tgname::text COLLATE "default", t.tgenabled::text FROM pg_trigger AS t
       WHERE t.tgrelid IN ('portfolio.ledger_entries'::regclass, 'partitions.ledger_entries_2019_03'::regclass)
       AND NOT t.tgisinternal ORDER BY 1 DESC, 2 $$,
    $$ VALUES
        ('portfolio.ledger_entries', 'ledger_entries_append_only', 'A'),
        ('portfolio.ledger_entries', 'ledger_entries_balance', 'A'),
        ('portfolio.ledger_entries', 'ledger_entries_no_truncate', 'A'),
        ('partitions.ledger_entries_2019_03', 'ledger_entries_append_only', 'A'),
        ('partitions.ledger_entries_2019_03', 'ledger_entries_balance', 'A'),
        ('partitions.ledger_entries_2019_03', 'ledger_entries_no_truncate', 'A') $$,
    'a session that calls itself a replica is held to the same, on a leaf too'
);

SELECT throws_ok(
    $$ INSERT INTO portfolio.ledger_entries OVERRIDING SYSTEM VALUE
       SELECT r.* FROM portfolio.ledger_entries AS r WHERE r.journal_id = '0190aaaa-0000-7000-8000-000000000001' $$,
    '23505', 'duplicate key value violates unique constraint "ledger_entries_2019_03_pkey"', 'a number is of one entry'
);

SELECT finish();
ROLLBACK;
