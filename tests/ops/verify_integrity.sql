-- ops.verify_integrity(): every promise of the books; all hold, and the one that is broken is the one that is named.

BEGIN;
SELECT plan(27);
\ir ../fixtures/core_grants.psql

SELECT is_definer('ops', 'verify_integrity', ARRAY['date'], 'who asks may read none of the books');
SELECT function_owner_is(
    'ops', 'verify_integrity', ARRAY['date'], 'tradebase_kernel', 'it reads as the kernel, which sees every row'
);
SELECT volatility_is('ops', 'verify_integrity', ARRAY['date'], 'stable', 'it only looks');
SELECT ok(
    (SELECT proconfig @> ARRAY['search_path=pg_catalog, pg_temp'] FROM pg_proc WHERE oid = 'ops.verify_integrity(date)'::regprocedure),
    'it finds no name by a search path'
);
SELECT is(
    pg_temp.who_may_execute('ops.verify_integrity(date)'),
    ARRAY['tradebase_auditor', 'tradebase_worker'],
    'it is for those who audit, and for the worker that runs it: a sample names users and amounts'
);

-- A runway around the day that is asked for.
SELECT ops.ensure_partitions(p.parent, '2031-01-15', (DATE '2031-01-15' + ('3 ' || p.period)::interval)::date)
FROM ops.partition_policies AS p;

PREPARE checks AS SELECT check_name, bad_count, sample FROM ops.verify_integrity('2031-01-15');
PREPARE all_hold AS
VALUES
('I1 the ledger sums to zero per asset', 0::bigint, '[]'::jsonb),
('I2 a balance is the sum of its entries', 0, '[]'),
('I3 what is held is reserved for something', 0, '[]'),
('I4 an order is the sum of its fills, which are its user''s', 0, '[]'),
('I5 status, filled quantity, hold and end of an order agree', 0, '[]'),
('I6 a position is what its fills make of it', 0, '[]'),
('I7 every trade has two opposite fills, of its two orders', 0, '[]'),
('I8 nobody trades worse than their limit', 0, '[]'),
('I9 no book that is matched here is crossed', 0, '[]'),
('I10 the entries of a balance are a chain without a gap', 0, '[]'),
('I11 what one is long, others are short', 0, '[]'),
('I12 every journal sums to zero per asset', 0, '[]'),
('I13 the external and adjustment accounts mirror transfers, the fee account what was charged', 0, '[]'),
('I14 the trades of a market are counted without a gap, and nothing settled is above its watermark', 0, '[]'),
('I15 a client order id leads to one order', 0, '[]'),
('I16 an id carries the time of its row', 0, '[]'),
('I17 the best price goes first, at one price the oldest order', 0, '[]'),
('I18 an open order holds what it may cost, and no more', 0, '[]'),
('I19 a candle is what its trades make of it, and no trade is missing', 0, '[]'),
('I20 no amount has more decimals than its asset', 0, '[]'),
('I21 no entry is an orphan, no table runs out of leaves', 0, '[]'),
('I22 customers and system accounts together own nothing', 0, '[]'),
('I23 a bust takes back what its trade moved', 0, '[]'),
('I24 what somebody owns is what transfers and trades gave them', 0, '[]'),
('I25 a snapshot is what the ledger had left, at its prices', 0, '[]');
PREPARE broken AS
SELECT split_part(check_name, ' ', 1), bad_count, jsonb_array_length(sample)
FROM ops.verify_integrity('2031-01-15') WITH ORDINALITY WHERE bad_count > 0 ORDER BY ordinality;

SELECT results_eq('checks', 'all_hold', 'the promises hold in this database as it is');
\ir ../fixtures/ops_depositors.psql
SELECT results_eq(
    $$ SELECT user_id, available::text, version FROM portfolio.balances
       WHERE user_id::text LIKE 'a11ce000-%' AND user_id::text < 'a11ce000-0000-4000-8000-000000000003'
       ORDER BY user_id, asset_id $$,
    $$ VALUES
        ('a11ce000-0000-4000-8000-000000000001'::uuid, '100.50', 1::bigint),
        ('a11ce000-0000-4000-8000-000000000001', '2.0', 2), ('a11ce000-0000-4000-8000-000000000002', '100.50', 1) $$,
    'Alice and the others have what they sent'
);
SELECT results_eq('checks', 'all_hold', 'and they hold after deposits');

-- Who asks.
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq('checks', 'all_hold', 'an auditor sees that they hold');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq('checks', 'all_hold', 'a worker sees it');
SET LOCAL ROLE authenticated;
SELECT throws_ok('checks', '42501', 'permission denied for function verify_integrity', 'a client does not ask');
SET LOCAL ROLE tradebase_reporter;
SELECT throws_ok('checks', '42501', 'permission denied for function verify_integrity', 'nor does an analyst');
SET LOCAL ROLE service_role;
SELECT throws_ok('checks', '42501', 'permission denied for function verify_integrity', 'nor a service');
RESET ROLE;
SELECT throws_ok('SELECT FROM ops.verify_integrity(NULL)', 'TR010', NULL, 'a day is needed to judge the runway');

-- What only an owner can do, past every function: each of it is named, and nothing else is.
SAVEPOINT whole;
UPDATE portfolio.balances SET available = available + 1
WHERE user_id = 'a11ce000-0000-4000-8000-000000000002';
SELECT results_eq(
    'broken', $$ VALUES ('I2', 1::bigint, 1), ('I22', 1, 1) $$, 'money made in a balance: it is not in the ledger'
);
SELECT is(
    (SELECT sample -> 0 -> 'balance' FROM ops.verify_integrity('2031-01-15') WHERE check_name LIKE 'I2 %'),
    '["101.50", "0", 1]', 'the sample shows the balance'
);
SELECT is(
    (SELECT sample -> 0 -> 'ledger' FROM ops.verify_integrity('2031-01-15') WHERE check_name LIKE 'I2 %'),
    '["100.50", "0", 1]', 'beside what the ledger says'
);
ROLLBACK TO whole;

UPDATE portfolio.balances SET available = available + 1
WHERE user_id::text LIKE 'a11ce000-%' AND available = 100.50;
SELECT results_eq(
    'broken', $$ VALUES ('I2', 6::bigint, 5), ('I22', 1, 1) $$, 'six wrong balances are six, of which five are shown'
);
ROLLBACK TO whole;

UPDATE portfolio.balances SET available = available - 1, held = held + 1
WHERE user_id = 'a11ce000-0000-4000-8000-000000000002';
SELECT results_eq(
    'broken', $$ VALUES ('I2', 1::bigint, 1), ('I3', 1, 1) $$, 'money held for nothing: it is nobody''s reservation'
);
ROLLBACK TO whole;

UPDATE portfolio.transfers SET amount = amount + 1
WHERE user_id = 'a11ce000-0000-4000-8000-000000000002';
SELECT results_eq(
    'broken', $$ VALUES ('I13', 1::bigint, 1), ('I24', 1, 1) $$,
    'a deposit that says more than arrived, at the platform and at whose it is'
);
ROLLBACK TO whole;

DELETE FROM portfolio.transfers WHERE user_id = 'a11ce000-0000-4000-8000-000000000002';
SELECT results_eq(
    'broken', $$ VALUES ('I13', 1::bigint, 1), ('I21', 1, 1), ('I24', 1, 1) $$,
    'a deposit that is gone: its entries are orphans, the external account and its user have too much'
);
ROLLBACK TO whole;

INSERT INTO portfolio.ledger_entries (
    created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after, held_after, version
)
SELECT
    '2031-01-15 12:00:00+00', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'adjustment',
    '017f22e2-79b0-7cc3-98c4-dc0c0c07398f', e.user_id, a.id, e.delta, 0, e.after, e.after - e.after, e.version
FROM market.assets AS a, (VALUES
    ('a11ce000-0000-4000-8000-000000000002'::uuid, 1, 101.50, 3),
    (identity.system_user_id('adjustment'), -1, NULL, NULL)
) AS e (user_id, delta, after, version)
WHERE a.code = 'T1USD';
SELECT results_eq(
    'broken', $$ VALUES ('I2', 1::bigint, 1), ('I10', 1, 1), ('I13', 1, 1), ('I21', 1, 1), ('I22', 1, 1), ('I24', 1, 1) $$,
    'a journal past the one way money moves: a version is left out, no balance follows, and nobody corrected anything'
);
ROLLBACK TO whole;

ALTER TABLE market.assets DISABLE TRIGGER assets_fix_scale;
UPDATE market.assets SET scale = 0, display_scale = 0 WHERE code = 'T1USD';
SELECT results_eq(
    'broken', $$ VALUES ('I20', 3::bigint, 3) $$,
    'a scale that was cut: ledger, balances and transfers have decimals that it does not'
);
ROLLBACK TO whole;

ALTER TABLE portfolio.transfers DROP CONSTRAINT transfers_created_at_check;
UPDATE portfolio.transfers SET created_at = created_at - INTERVAL '1 day'
WHERE user_id = 'a11ce000-0000-4000-8000-000000000002';
SELECT results_eq('broken', $$ VALUES ('I16', 1::bigint, 1) $$, 'a transfer that says another time than its id');
ROLLBACK TO whole;

INSERT INTO ops.partition_policies (parent, period) VALUES ('market.markets', 'month');
SELECT results_eq('broken', $$ VALUES ('I21', 1::bigint, 1) $$, 'a table that runs out of leaves is named');
SELECT is(
    (SELECT sample FROM ops.verify_integrity('2031-01-15') WHERE check_name LIKE 'I21 %'),
    '[{"table": "market.markets", "runway": -1}]', 'with the leaves that it has ahead'
);
ROLLBACK TO whole;

SELECT results_eq('checks', 'all_hold', 'and nothing is broken any more');

SELECT finish();
ROLLBACK;
