-- portfolio.ledger_reason: money moves for one of these reasons.

BEGIN;
SELECT plan(13);

SELECT lives_ok(format('SELECT %L::portfolio.ledger_reason', known.reason), known.reason)
FROM unnest(ARRAY[
    'deposit', 'withdrawal_hold', 'withdrawal_release', 'withdrawal', 'transfer', 'adjustment', 'order_hold',
    'order_release', 'trade', 'trade_bust', 'fee_rebate', 'opening'
]) AS known (reason);
SELECT throws_ok($$ SELECT 'gift'::portfolio.ledger_reason $$, '23514', NULL, 'and for no other');

SELECT finish();
ROLLBACK;
