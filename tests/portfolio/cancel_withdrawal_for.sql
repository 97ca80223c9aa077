-- portfolio.cancel_withdrawal_for(): what was not sent comes back; what was, only against proof.

BEGIN;
SELECT plan(28);
\ir ../fixtures/money_moves.psql

SELECT is_definer('portfolio', 'cancel_withdrawal_for', ARRAY['uuid', 'uuid', 'text']);
SELECT function_owner_is('portfolio', 'cancel_withdrawal_for', ARRAY['uuid', 'uuid', 'text'], 'tradebase_kernel');
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 60.1, 'out:1') ->> 'id' AS first \gset
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 10, 'out:2') ->> 'id' AS sent \gset
SELECT portfolio.request_withdrawal_for(:'bob', 'T1USD', 5, 'out:3') ->> 'id' AS out \gset
SELECT portfolio.send_withdrawal(i.id::uuid) ->> 'status' AS status FROM (VALUES (:'sent'), (:'out')) AS i (id);
SELECT portfolio.complete_withdrawal(:'out', 'wire-out-3') ->> 'status' AS status \gset
PREPARE cancel(uuid, uuid, text) AS SELECT portfolio.cancel_withdrawal_for($1, $2, $3);
SELECT is(
    pg_temp.who_may_execute('portfolio.cancel_withdrawal_for(uuid,uuid,text)'), ARRAY['service_role'],
    'only a service may'
);
SELECT is(
    pg_temp.let_in(format('EXECUTE cancel(%L, %L, NULL)', :'alice', :'first')), ARRAY['service_role'],
    'Alice has her own'
);

-- Bad input
SELECT pg_temp.money() AS before \gset
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, NULL)', :'alice', :'sent'), 'TR402', 'the withdrawal was sent and may have arrived',
    'what may be out is not given back without proof'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, %L)', :'alice', :'sent', ' '), 'TR010', 'invalid proof', 'a blank proves nothing'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, %L)', :'alice', :'sent', E'\t\n'), 'TR010', 'invalid proof',
    'nor does what no eye sees'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, %L)', :'alice', :'sent', repeat('x', 1001)), 'TR010', 'invalid proof',
    'nor does a flood of words'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, %L)', :'alice', :'first', 'returned'), 'TR402',
    'the withdrawal was not sent: there is nothing to prove', 'what was not sent cannot have come back'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, %L)', :'bob', :'out', 'returned'), 'TR402', 'the withdrawal is completed',
    'what has arrived is not given back'
);
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, NULL)', :'bob', :'first'), 'TR403', 'unknown withdrawal', 'Alice''s is not Bob''s'
);
SELECT throws_ok(
    format('EXECUTE cancel(NULL, %L, NULL)', :'first'), 'TR403', 'unknown withdrawal', 'nor nobody''s'
);
SELECT throws_ok(format('EXECUTE cancel(%L, NULL, NULL)', :'alice'), 'TR403', 'unknown withdrawal', 'nothing is none');
SELECT throws_ok(
    format('EXECUTE cancel(%L, %L, NULL)', :'alice', :'alice_deposit'), 'TR403', 'unknown withdrawal', 'nor is a deposit'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE cancel(%L, %L, NULL)', :'alice', :'sent')) - 'sent_at',
    jsonb_build_object('transfer_id', :'sent', 'status', 'pending'), 'the detail says what it is'
);
SELECT is(
    pg_temp.detail_of(format('EXECUTE cancel(%L, %L, NULL)', :'bob', :'first')),
    jsonb_build_object('transfer_id', :'first'), 'and of Alice''s nothing that Bob did not say'
);
SELECT is(pg_temp.money(), :'before', 'no refusal wrote anything');

-- Given back
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'replayed'] FROM portfolio.cancel_withdrawal_for(:'alice', :'first') AS d),
    ARRAY['canceled', 'false'], 'what was not sent is canceled'
);
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'replayed']
     FROM portfolio.cancel_withdrawal_for(:'alice', :'sent', 'returned by the bank on 2019-03-05') AS d),
    ARRAY['failed', 'false'], 'what was fails, against proof'
);
RESET ROLE;
SELECT results_eq(
    'balances',
    $$ VALUES
        ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '100.25', '0', 5::bigint),
        ('bbbbbbbb-0000-4000-8000-00000000000b', '1.75', '0', 3) $$,
    'amount and fee are back'
);
SELECT results_eq(
    $$ SELECT t.idempotency_key::text, t.status, t.reason FROM portfolio.transfers AS t
       WHERE t.kind = 'withdrawal' AND t.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' ORDER BY 1 $$,
    $$ VALUES ('out:1', 'canceled', NULL), ('out:2', 'failed', 'returned by the bank on 2019-03-05') $$,
    'the proof is kept'
);

-- Again
SELECT pg_temp.money() AS ended \gset
SET LOCAL ROLE service_role;
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'replayed'] FROM portfolio.cancel_withdrawal_for(:'alice', :'first') AS d),
    ARRAY['canceled', 'true'], 'again, it is what it is'
);
SELECT is(
    (SELECT ARRAY[d ->> 'status', d ->> 'replayed']
     FROM portfolio.cancel_withdrawal_for(:'alice', :'sent', 'returned twice') AS d),
    ARRAY['failed', 'true'], 'whatever it is proven by'
);
SELECT throws_ok(
    format('SELECT portfolio.send_withdrawal(%L)', :'sent'), 'TR402', 'the withdrawal is failed', 'it is not sent again'
);
SELECT throws_ok(
    format('SELECT portfolio.complete_withdrawal(%L, %L)', :'sent', 'wire-out-2'), 'TR402', 'the withdrawal is failed',
    'nor does it arrive after all'
);
RESET ROLE;
SELECT is(pg_temp.money(), :'ended', 'none of it moved anything');
SELECT is_empty('platforms_balances', 'the platform has no balance');
SELECT is_empty('violated', 'and the books agree');

SELECT finish();
ROLLBACK;
