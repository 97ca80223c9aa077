-- portfolio.send_withdrawal(): one service takes a withdrawal, once, and from then on it may be out.

BEGIN;
SELECT plan(18);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'send_withdrawal', ARRAY['uuid']);
SELECT function_owner_is('portfolio', 'send_withdrawal', ARRAY['uuid'], 'tradebase_kernel');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:1') ->> 'id' AS first \gset
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:2') ->> 'id' AS second \gset
PREPARE send(uuid) AS SELECT portfolio.send_withdrawal($1);
SELECT is(pg_temp.who_may_execute('portfolio.send_withdrawal(uuid)'), ARRAY['service_role'], 'only a service may');
SELECT is(pg_temp.let_in(format('EXECUTE send(%L)', :'first')), ARRAY['service_role'], 'not even Alice, whose it is');
SELECT portfolio.cancel_withdrawal_for(:'alice', :'second') ->> 'status' AS ended \gset
SELECT pg_temp.money() AS before \gset

SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE send(NULL)', 'TR403', 'unknown withdrawal', 'nothing is not sent');
SELECT throws_ok(
    $$ EXECUTE send('01694d4b-b100-7000-8000-000000000001') $$, 'TR403', 'unknown withdrawal', 'nor what nobody asked for'
);
SELECT throws_ok(
    format('EXECUTE send(%L)', :'alice_deposit'), 'TR403', 'unknown withdrawal', 'a deposit is not sent back'
);
SELECT throws_ok(format('EXECUTE send(%L)', :'second'), 'TR402', 'the withdrawal is canceled', 'nor what was canceled');
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE send(%L)', :'second')),
    jsonb_build_object('transfer_id', :'second', 'status', 'canceled'), 'the detail says what it is'
);
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE send(%L)', :'first'), 'TR008', 'the user may not withdraw', 'nor what a suspended user had asked for'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE send(%L)', :'first')), '{"status": "suspended"}', 'the detail says what they are'
);
UPDATE identity.users SET status = 'restricted' WHERE id = :'alice';
SELECT throws_ok(format('EXECUTE send(%L)', :'first'), 'TR008', NULL, 'or one who may only close positions');
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'replayed', ((d ->> 'sent_at')::timestamptz >= (d ->> 'created_at')::timestamptz)::text]
     FROM portfolio.send_withdrawal(:'first') AS d),
    ARRAY['pending', 'false', 'true'], 'it is taken, and stays pending'
);
SELECT is(
    portfolio.send_withdrawal(:'first') -> 'replayed', 'true', 'who takes it again is told that it was taken'
);
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE service_role;
SELECT is(
    portfolio.send_withdrawal(:'first') -> 'replayed', 'true', 'and so they are when the user was suspended since'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT version FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
       WHERE a.code = 'T1USD' AND b.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY[4::bigint], 'no money has moved: a deposit, two holds, a release'
);
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
