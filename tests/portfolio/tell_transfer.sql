-- portfolio.tell_transfer(): its user is told of a transfer, and who receives it.

BEGIN;
SELECT plan(14);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/three_assets.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('portfolio', 'tell_transfer', ARRAY['portfolio.transfers']);
SELECT is(
    pg_temp.who_may_execute('portfolio.tell_transfer(portfolio.transfers)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);
SELECT coalesce(max(o.id), 0) AS before FROM events.outbox AS o \gset

CREATE FUNCTION pg_temp.tell(changes jsonb) RETURNS void LANGUAGE sql AS $$
    SELECT portfolio.tell_transfer(jsonb_populate_record(NULL::portfolio.transfers, jsonb_build_object(
        'id', '01c1790c-d500-7000-8000-000000000001', 'user_id', 'aaaaaaaa-0000-4000-8000-00000000000a',
        'asset_id', (SELECT a.id FROM market.assets AS a WHERE a.code = 'T1USD'), 'kind', 'deposit', 'status', 'completed',
        'amount', 12.50, 'fee', 0, 'idempotency_key', 'secret-key', 'external_ref', 'secret-wire', 'reason', 'secret-reason'
    ) || changes))
$$;
PREPARE told AS
SELECT o.topic, o.event, o.payload -> 'transfers' -> 0, jsonb_array_length(o.payload -> 'transfers'), o.payload - 'transfers'
FROM events.outbox AS o WHERE o.id > :before ORDER BY o.topic COLLATE "C";

SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT throws_ok($$ SELECT portfolio.tell_transfer(NULL) $$, '42501', NULL, 'Alice tells nobody of transfers');
RESET request.jwt.claims;
SET LOCAL ROLE service_role;
SELECT throws_ok($$ SELECT portfolio.tell_transfer(NULL) $$, '42501', NULL, 'nor does a service');
RESET ROLE;

SAVEPOINT nothing_told;
SELECT pg_temp.tell('{}');
SELECT results_eq(
    'told',
    format($$ VALUES ('user:%s', 'transfers', jsonb '{
        "id": "01c1790c-d500-7000-8000-000000000001", "asset": "T1USD", "kind": "deposit", "status": "completed",
        "amount": "12.5", "fee": "0", "is_incoming": true, "is_sent": false
    }', 1, jsonb '{}') $$, :'alice'),
    'a deposit comes in, amounts as text without zeros'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{"kind": "withdrawal", "status": "pending", "fee": 0.250}');
SELECT results_eq(
    'told',
    format($$ VALUES ('user:%s', 'transfers', jsonb '{
        "id": "01c1790c-d500-7000-8000-000000000001", "asset": "T1USD", "kind": "withdrawal", "status": "pending",
        "amount": "12.5", "fee": "0.25", "is_incoming": false, "is_sent": false
    }', 1, jsonb '{}') $$, :'alice'),
    'a withdrawal goes out'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{"kind": "withdrawal", "status": "pending", "sent_at": "2031-03-05 10:00:00+00"}');
SELECT results_eq(
    $$ SELECT o.payload -> 'transfers' -> 0 -> 'is_sent' FROM events.outbox AS o WHERE o.id > $$ || :before,
    ARRAY['true'::jsonb], 'and is told to be sent when it is'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{"kind": "internal", "counterparty_user_id": "bbbbbbbb-0000-4000-8000-00000000000b"}');
SELECT results_eq(
    'told',
    format(
        $$ SELECT 'user:' || v.user_id, 'transfers', jsonb '{
            "id": "01c1790c-d500-7000-8000-000000000001", "asset": "T1USD", "kind": "internal", "status": "completed",
            "amount": "12.5", "fee": "0", "is_sent": false
        }' || jsonb_build_object('is_incoming', v.is_incoming), 1, jsonb '{}'
        FROM (VALUES (%L, FALSE), (%L, TRUE)) AS v (user_id, is_incoming) $$, :'alice', :'bob'
    ),
    'of a transfer both are told, for one it goes and for the other it comes'
);
SELECT results_eq(
    $$ SELECT count(*) FROM events.outbox AS o
       WHERE o.payload::text ~ 'aaaaaaaa-0000|bbbbbbbb-0000|secret' AND o.id > $$ || :before,
    ARRAY[0::bigint], 'neither learns who the other is, nor how anybody calls it'
);
ROLLBACK TO nothing_told;
SELECT pg_temp.tell('{"kind": "adjustment", "amount": -1.10}');
SELECT results_eq(
    $$ SELECT (o.payload -> 'transfers' -> 0) - 'id' - 'asset' FROM events.outbox AS o WHERE o.id > $$ || :before,
    ARRAY['{
        "kind": "adjustment", "status": "completed", "amount": "-1.1", "fee": "0", "is_incoming": false, "is_sent": false
    }'::jsonb],
    'of an adjustment the sign tells which way'
);
SELECT results_eq(
    $$ SELECT k COLLATE "default" FROM events.outbox AS o, jsonb_object_keys(o.payload -> 'transfers' -> 0) AS k
       WHERE o.id > $$ || :before || ' ORDER BY 1',
    ARRAY['amount', 'asset', 'fee', 'id', 'is_incoming', 'is_sent', 'kind', 'status'], 'nothing else is said'
);
ROLLBACK TO nothing_told;
SELECT lives_ok(format('SELECT pg_temp.tell(%L)', '{"user_id": null}'), 'a transfer of nobody');
SELECT is_empty('told', 'nobody is told of');
SELECT is(
    (SELECT p.proconfig FROM pg_proc AS p WHERE p.oid = 'portfolio.tell_transfer'::regproc),
    ARRAY['search_path=pg_catalog, pg_temp'], 'its search path is pinned'
);

SELECT finish();
ROLLBACK;
