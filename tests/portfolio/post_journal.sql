-- portfolio.post_journal(): money moves between balances and is written down in one journal, or nothing happens at all.

BEGIN;
SELECT plan(35);
\ir ../fixtures/funded_alice_and_bob.psql
\ir ../fixtures/detail_of.psql

SELECT isnt_definer(
    'portfolio', 'post_journal', ARRAY['uuid', 'text', 'uuid', 'uuid[]', 'integer[]', 'numeric[]', 'numeric[]']
);

\set fees 00000000-0000-7000-8000-000000000001
\set adjustment 00000000-0000-7000-8000-000000000003

-- One line per element: who, what, how much more is available, how much more is held.
PREPARE alice_pays_bob(numeric) AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000001', 'transfer', '0190aaaa-0000-7000-8000-000000000001',
    ARRAY[:'alice', :'bob']::uuid[], ARRAY[:t1usd, :t1usd], ARRAY[-$1, $1], ARRAY[0, 0]
);
PREPARE alice_pays_bob_in_parts AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000002', 'trade', '0190aaaa-0000-7000-8000-00000000000f',
    ARRAY[:'bob', :'alice', :'bob', :'alice', :'fees', :'fees']::uuid[],
    ARRAY[:t1usd, :t1usd, :t1usd, :t1usd, :t1usd, :t1usd],
    ARRAY[2, -2.5, 1, -1, 0.3, 0.2], ARRAY[0, 0, 0, 0, 0, 0]
);
PREPARE alice_holds(numeric) AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000003', 'withdrawal_hold', '0190aaaa-0000-7000-8000-000000000003',
    ARRAY[:'alice']::uuid[], ARRAY[:t1usd], ARRAY[-$1], ARRAY[$1]
);
PREPARE out_and_back AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000004', 'adjustment', '0190aaaa-0000-7000-8000-000000000004',
    ARRAY[:'bob', :'bob']::uuid[], ARRAY[:t1btc, :t1btc], ARRAY[1, -1], ARRAY[0, 0]
);
PREPARE money_from_nowhere AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000005', 'adjustment', '0190aaaa-0000-7000-8000-000000000005',
    ARRAY[:'bob']::uuid[], ARRAY[:t1usd], ARRAY[1], ARRAY[0]
);
PREPARE coins_for_cents AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000006', 'adjustment', '0190aaaa-0000-7000-8000-000000000006',
    ARRAY[:'alice', :'bob']::uuid[], ARRAY[:t1btc, :t1usd], ARRAY[-0.5, 0.5], ARRAY[0, 0]
);
PREPARE windfall(numeric) AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000007', 'adjustment', '0190aaaa-0000-7000-8000-000000000007',
    ARRAY[:'alice', :'adjustment']::uuid[], ARRAY[:t1usd, :t1usd], ARRAY[$1, -$1], ARRAY[0, 0]
);
PREPARE unknown_reason AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-000000000008', 'gift', '0190aaaa-0000-7000-8000-000000000008',
    ARRAY[:'alice', :'bob']::uuid[], ARRAY[:t1usd, :t1usd], ARRAY[-1, 1], ARRAY[0, 0]
);
PREPARE test_balances AS
SELECT user_id, asset_id = :t1btc, available::text, held::text, version
FROM portfolio.balances
WHERE asset_id IN (:t1usd, :t1btc)
ORDER BY user_id, asset_id = :t1btc;
PREPARE entries_of(uuid) AS
SELECT user_id, d_available::text, d_held::text, available_after::text, held_after::text, version
FROM portfolio.ledger_entries WHERE journal_id = $1 ORDER BY id;

-- Who may
SELECT results_eq(
    $$ SELECT a.grantee::regrole::text
       FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
       WHERE p.oid = 'portfolio.post_journal(uuid,text,uuid,uuid[],integer[],numeric[],numeric[])'::regprocedure
       AND a.grantee <> p.proowner ORDER BY 1 $$,
    ARRAY['tradebase_kernel'], 'only the kernel may'
);
SET LOCAL ROLE anon;
SELECT throws_ok('EXECUTE alice_pays_bob(1)', '42501', NULL, 'nobody off the street moves money');
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok('EXECUTE alice_pays_bob(1)', '42501', NULL, 'not even Alice moves her own');
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE alice_pays_bob(1)', '42501', NULL, 'nor does a service, past the commands');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok('EXECUTE alice_pays_bob(1)', '42501', NULL, 'nor an engine');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok('EXECUTE alice_pays_bob(1)', '42501', NULL, 'nor an operator');

-- From balance to balance
SET LOCAL ROLE tradebase_kernel;
SELECT lives_ok('EXECUTE alice_pays_bob(40.25)', 'the kernel moves money from Alice to Bob');
SELECT results_eq(
    $$ EXECUTE entries_of('0190aaaa-0000-7000-8000-000000000001') $$,
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '-40.25', '0', '60.00', '0', 2::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '40.25', '0', '47.25', '0', 2) $$,
    'each side is an entry with what it leaves and the next version'
);
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, FALSE, '60.00', '0', 2::bigint),
        ('aaaaaaaa-0000-4000-8000-00000000000a', TRUE, '0.5', '0', 1),
        ('bbbbbbbb-0000-4000-8000-00000000000b', FALSE, '47.25', '0', 2) $$,
    'the balances say the same as their newest entries'
);

-- Lines of one balance are one entry; an account of the platform has entries and no balance
SELECT lives_ok('alice_pays_bob_in_parts', 'a journal may have several lines for one balance');
SELECT results_eq(
    $$ EXECUTE entries_of('0190aaaa-0000-7000-8000-000000000002') $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000001'::uuid, '0.5', '0', NULL, NULL, NULL::bigint),
        ('aaaaaaaa-0000-4000-8000-00000000000a', '-3.5', '0', '56.50', '0', 3),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '3', '0', '50.25', '0', 3) $$,
    'they are added up to one entry each, and the platform''s has no balance after it'
);
SELECT results_eq(
    $$ SELECT DISTINCT reason::text, ref_id FROM portfolio.ledger_entries
       WHERE journal_id = '0190aaaa-0000-7000-8000-000000000002' $$,
    $$ VALUES ('trade', '0190aaaa-0000-7000-8000-00000000000f'::uuid) $$, 'each entry says what it was for'
);
SELECT is_empty(
    $$ SELECT user_id FROM portfolio.balances 
       WHERE user_id IN (SELECT id FROM identity.users WHERE kind = 'system') $$,
    'no account of the platform has a balance row'
);
PREPARE strangers_money AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-0000000000aa', 'adjustment', '0190aaaa-0000-7000-8000-0000000000aa',
    ARRAY['dddddddd-0000-4000-8000-00000000000d'::uuid, :'adjustment'], ARRAY[:t1usd, :t1usd], ARRAY[1, -1], ARRAY[0, 0]
);
PREPARE a_line_too_few AS
SELECT portfolio.post_journal(
    '0190aaaa-0000-7000-8000-0000000000aa', 'adjustment', '0190aaaa-0000-7000-8000-0000000000aa',
    ARRAY[:'fees'::uuid, :'adjustment'], ARRAY[:t1usd, :t1usd], ARRAY[1, -1], ARRAY[0]
);
SELECT throws_ok('strangers_money', 'TR012', 'unknown user', 'nobody but a user has money');
SELECT throws_ok('a_line_too_few', 'TR010', NULL, 'every line says all of itself');
SELECT lives_ok('out_and_back', 'a journal may move nothing in the end');
SELECT is_empty($$ EXECUTE entries_of('0190aaaa-0000-7000-8000-000000000004') $$, 'that leaves no entry');

-- Held
SELECT lives_ok('EXECUTE alice_holds(6.5)', 'money of one balance is held');
SELECT results_eq(
    $$ EXECUTE entries_of('0190aaaa-0000-7000-8000-000000000003') $$,
    $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '-6.5', '6.5', '50.00', '6.5', 4::bigint) $$,
    'that is one entry, and a zero sum by itself'
);

-- Refused
SELECT throws_ok(
    'EXECUTE alice_pays_bob(50.01)', 'TR101', 'insufficient available balance',
    'Alice does not pay what she does not have'
);
SELECT throws_ok('EXECUTE alice_holds(50.01)', 'TR101', 'insufficient available balance', 'nor holds it');
SELECT throws_ok('EXECUTE alice_holds(-6.51)', 'TR102', 'insufficient held balance', 'nor releases what is not held');
SELECT throws_ok('money_from_nowhere', 'TR901', 'a journal does not sum to zero', 'money is moved, never made');
SELECT throws_ok('coins_for_cents', 'TR901', 'a journal does not sum to zero', 'one asset does not pay for another');
SELECT throws_ok(
    'EXECUTE windfall(99999999999999999950)', 'TR010', 'a balance must stay below 1e20', 'no balance outgrows its type'
);
SELECT throws_ok($$ EXECUTE windfall('NaN') $$, 'TR010', NULL, 'NaN is not moved');
SELECT throws_ok($$ EXECUTE windfall('Infinity') $$, 'TR010', NULL, 'nor is Infinity');
SELECT throws_ok('unknown_reason', '23514', NULL, 'a journal has a known reason');

RESET ROLE;
SELECT is(
    pg_temp.detail_of('EXECUTE alice_pays_bob(50.01)'), '{"asset": "T1USD", "needed": "50.01", "available": "50.00"}',
    'the detail tells what is needed and what is available'
);
SELECT is(
    pg_temp.detail_of('EXECUTE alice_holds(-6.51)'), '{"asset": "T1USD", "needed": "6.51", "held": "6.5"}',
    'or what is held'
);
SELECT is(
    pg_temp.detail_of('EXECUTE windfall(99999999999999999950)'), '{"asset": "T1USD", "argument": "amount"}',
    'of a balance that is too large it tells nothing but the asset'
);
SELECT results_eq(
    'test_balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, FALSE, '50.00', '6.5', 4::bigint),
        ('aaaaaaaa-0000-4000-8000-00000000000a', TRUE, '0.5', '0', 1),
        ('bbbbbbbb-0000-4000-8000-00000000000b', FALSE, '50.25', '0', 3),
        ('bbbbbbbb-0000-4000-8000-00000000000b', TRUE, '0', '0', 0) $$,
    'the refusals moved nothing'
);
SELECT is_empty(
    $$ SELECT journal_id FROM portfolio.ledger_entries
       WHERE journal_id BETWEEN '0190aaaa-0000-7000-8000-000000000004' AND '0190aaaa-0000-7000-8000-000000000008' $$,
    'and wrote nothing down'
);
SELECT lives_ok('EXECUTE alice_pays_bob(50)', 'all that is available may go');

SELECT finish();
ROLLBACK;
