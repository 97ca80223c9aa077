-- portfolio.complete_withdrawal(): what was held has left, the fee is earned, once; the reference is the proof.

BEGIN;
SELECT plan(28);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'complete_withdrawal', ARRAY['uuid', 'text']);
SELECT function_owner_is('portfolio', 'complete_withdrawal', ARRAY['uuid', 'text'], 'tradebase_kernel');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.1, 'out:1', 'iban-1') ->> 'id' AS first \gset
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:2') ->> 'id' AS second \gset
SELECT portfolio.request_withdrawal_for(:'alice', 'T1BTC', 0.5, 'out:3') ->> 'id' AS third \gset
SELECT portfolio.request_withdrawal_for(:'bob', 'T1USD', 5, 'out:4') ->> 'id' AS canceled \gset
SELECT portfolio.send_withdrawal(i.id::uuid) ->> 'status' AS sent
FROM (VALUES (:'first'), (:'second'), (:'third')) AS i (id);
PREPARE complete(uuid, text) AS SELECT portfolio.complete_withdrawal($1, $2);
SELECT is(
    pg_temp.who_may_execute('portfolio.complete_withdrawal(uuid,text)'), ARRAY['service_role'], 'only a service may'
);
SELECT is(
    pg_temp.let_in(format('EXECUTE complete(%L, %L)', :'first', 'wire-out-1')), ARRAY['service_role'],
    'not even Alice, whose it is'
);

-- Bad input
SELECT pg_temp.money() AS before \gset
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE complete(%L, NULL)', :'first'), 'TR010', 'invalid external_ref', 'without a reference it is no proof'
);
SELECT throws_ok(format('EXECUTE complete(%L, %L)', :'first', ''), 'TR010', 'invalid external_ref', 'nor with an empty one');
SELECT throws_ok(format('EXECUTE complete(%L, %L)', :'first', 'a b'), 'TR010', 'invalid external_ref', 'or a blank');
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'first', repeat('x', 201)), 'TR010', 'invalid external_ref', 'or a long one'
);
SELECT throws_ok(
    $$ EXECUTE complete(NULL, 'wire-out-1') $$, 'TR403', 'unknown withdrawal', 'nothing is not completed'
);
SELECT throws_ok(
    $$ EXECUTE complete('01694d4b-b100-7000-8000-000000000001', 'wire-out-1') $$, 'TR403', 'unknown withdrawal',
    'nor what nobody asked for'
);
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'alice_deposit', 'wire-out-1'), 'TR403', 'unknown withdrawal', 'nor a deposit'
);
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'canceled', 'wire-out-1'), 'TR402', 'the withdrawal is not sent yet',
    'what nobody sent has not arrived'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE complete(%L, NULL)', :'first')),
    '{"argument": "external_ref", "expected": "1 to 200 printable ASCII characters without blanks"}',
    'the detail says what a reference is'
);
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

-- Out
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT d - ARRAY['id', 'created_at', 'sent_at', 'completed_at', 'write_token']
     FROM portfolio.complete_withdrawal(:'first', 'wire-out-1') AS d),
    jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": null, "asset": "T1USD", "kind": "withdrawal",
        "status": "completed", "amount": "60.1", "fee": "0.25", "idempotency_key": "out:1", "destination": "iban-1",
        "external_ref": "wire-out-1", "replayed": false
    }',
    'the answer is the transfer, completed'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '29.65', '10.25', 4::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '1.75', '5.25', 2) $$,
    'what was held for it is gone, nothing else'
);
SELECT results_eq(
    $$ SELECT l.user_id, trim_scale(l.d_available)::text, trim_scale(l.d_held)::text
       FROM portfolio.ledger_entries AS l JOIN market.assets AS a ON a.id = l.asset_id
       WHERE l.reason = 'withdrawal' AND a.code = 'T1USD' ORDER BY l.user_id $$,
    $$ VALUES
        ('00000000-0000-7000-8000-000000000001'::uuid, '0.25', '0'),
        ('00000000-0000-7000-8000-000000000002', '60.1', '0'),
        ('aaaaaaaa-0000-4000-8000-00000000000a', '0', '-60.35') $$,
    'the amount to the world outside, the fee to the platform'
);

-- Again
SELECT pg_temp.money() AS completed \gset
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'replayed', d ->> 'status', d ->> 'external_ref']
     FROM portfolio.complete_withdrawal(:'first', 'wire-out-1') AS d),
    ARRAY['true', 'completed', 'wire-out-1'], 'the same again answers the same'
);
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'first', 'wire-out-2'), 'TR402',
    'the withdrawal is completed by another external_ref', 'by another reference it was not'
);
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'second', 'wire-out-1'), 'TR401',
    'external_ref was used for another withdrawal', 'a reference proves one withdrawal'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE complete(%L, %L)', :'second', 'wire-out-1')), '{"argument": "external_ref"}',
    'whose the other is stays untold'
);
SELECT is(
    pg_temp.detail_of(format('EXECUTE complete(%L, %L)', :'first', 'wire-out-2')),
    jsonb_build_object('transfer_id', :'first', 'status', 'completed'), 'the detail says what it is'
);
SELECT is(pg_temp.money(), :'completed', 'none of it moved anything');
SELECT is(
    portfolio.complete_withdrawal(:'third', 'wire-out-1') ->> 'status', 'completed', 'each asset has its own references'
);
SELECT is(
    portfolio.complete_withdrawal(:'second', 'wire-1') ->> 'status', 'completed', 'and a deposit''s are free'
);
SELECT portfolio.cancel_withdrawal_for(:'bob', :'canceled') ->> 'status' AS ended \gset
SELECT throws_ok(
    format('EXECUTE complete(%L, %L)', :'canceled', 'wire-out-4'), 'TR402', 'the withdrawal is canceled',
    'what was given back does not leave'
);
SELECT is_empty('platforms_balances', 'the platform has no balance');
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
