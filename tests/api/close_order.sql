-- api.close_order(): an engine ends an order without a trade, as an event of its sequence.

BEGIN;
SELECT plan(8);
\ir ../fixtures/core_grants.psql
\ir ../fixtures/trading_session.psql

SELECT isnt_definer('api', 'close_order', ARRAY['uuid', 'text', 'text', 'bigint']);
SELECT is(
    pg_temp.who_may_execute('api.close_order(uuid,text,text,bigint)'), ARRAY['service_role', 'tradebase_engine'],
    'an engine may, or a service'
);
PREPARE ending AS SELECT api.close_order(:'alice_open', 'rejected', 'engine_reject', 1) - 'write_token';
PREPARE ending_again AS SELECT api.close_order(:'alice_open', 'rejected', 'engine_reject', 1) - 'write_token';

SET LOCAL ROLE anon;
SELECT throws_ok('ending', '42501', NULL, 'nobody off the street does');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok('ending', '42501', NULL, 'nor Alice for her own');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok(
    format('SELECT api.close_order(%L, ''rejected'', ''engine_reject'', 9)', :'alice_open'), 'TR301', NULL,
    'a gap in the sequence is refused'
);
SELECT results_eq(
    'ending', ARRAY['{"market": "T1ETH-T1USD", "last_seq": 1, "applied": 1}'::jsonb], 'the engine ends it'
);
SELECT results_eq(
    'ending_again', ARRAY['{"market": "T1ETH-T1USD", "last_seq": 1, "applied": 0}'::jsonb], 'once'
);
SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ SELECT status::text, close_reason::text FROM api.order_history WHERE client_order_id = 'alice:open' $$,
    $$ VALUES ('rejected', 'engine_reject') $$, 'Alice sees how it ended'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
