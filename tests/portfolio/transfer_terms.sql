-- portfolio.transfer_terms(): what every request to move money is checked for first, and what is known of it then.

BEGIN;
SELECT plan(17);
\ir ../fixtures/money_moves.psql

SELECT is(
    pg_temp.who_may_execute('portfolio.transfer_terms(text,uuid,text,numeric,text)'), ARRAY['tradebase_kernel'],
    'it is for the definer functions'
);
PREPARE terms(text, numeric) AS
SELECT t.user_status, t.asset_id, t.asset_status, trim_scale(t.withdraw_min), trim_scale(t.withdraw_fee)
FROM portfolio.transfer_terms($1, :'alice', 'T1USD', $2, 'key') AS t;
PREPARE of(uuid, text, text) AS SELECT portfolio.transfer_terms('deposit', $1, $2, 1, $3);

SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    $$ EXECUTE terms('withdrawal', 100.25) $$, format($$ VALUES ('active', %s, 'active', 5.0, 0.25) $$, :'t1usd'),
    'the status of user and asset, and what the asset asks for'
);
SELECT throws_ok($$ EXECUTE terms('deposit', -1) $$, 'TR010', 'invalid amount', 'less than nothing is not deposited');
SELECT throws_ok($$ EXECUTE terms('withdrawal', -1) $$, 'TR010', 'invalid amount', 'or withdrawn');
SELECT throws_ok($$ EXECUTE terms('internal', -1) $$, 'TR010', 'invalid amount', 'or sent');
SELECT lives_ok($$ EXECUTE terms('adjustment', -1) $$, 'but it is corrected');
SELECT throws_ok($$ EXECUTE terms('adjustment', 0) $$, 'TR010', 'invalid amount', 'by something');
SELECT throws_ok($$ EXECUTE terms('adjustment', 'NaN') $$, 'TR010', 'invalid amount', 'which is a number');
SELECT throws_ok($$ EXECUTE terms('adjustment', '-Infinity') $$, 'TR010', 'invalid amount', 'with an end');
SELECT throws_ok($$ EXECUTE terms('adjustment', -0.001) $$, 'TR010', 'invalid amount', 'and the decimals of its asset');
SELECT throws_ok($$ EXECUTE of(NULL, 'T1USD', 'key') $$, 'TR010', 'invalid user_id', 'a user is needed');
SELECT throws_ok(format('EXECUTE of(%L, NULL, %L)', :'alice', 'key'), 'TR010', 'invalid asset', 'and an asset');
SELECT throws_ok(
    format('EXECUTE of(%L, %L, NULL)', :'alice', 'T1USD'), 'TR010', 'invalid idempotency_key', 'and a key'
);
SELECT throws_ok(format('EXECUTE of(%L, %L, %L)', :'alice', 'T1NIL', 'key'), 'TR011', 'unknown asset', 'of what there is');
SELECT throws_ok(
    $$ EXECUTE of('00000000-0000-7000-8000-000000000002', 'T1USD', 'key') $$, 'TR012', 'unknown user',
    'the platform''s own accounts ask for nothing'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of($$ EXECUTE of('cccccccc-0000-4000-8000-00000000000c', 'T1USD', 'key') $$),
    '{"argument": "user_id", "user_id": "cccccccc-0000-4000-8000-00000000000c"}', 'the detail says who is unknown'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE terms('adjustment', 0) $$) ->> 'expected', 'a number within 1e20 and not 0',
    'or what was expected'
);

SELECT finish();
ROLLBACK;
