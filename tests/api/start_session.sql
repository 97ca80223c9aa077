-- api.start_session(): a service signs somebody in, and what they command in that session is done until it ends.

BEGIN;
SELECT plan(8);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT isnt_definer('api', 'start_session', ARRAY['uuid', 'text', 'inet', 'bytea']);
SELECT is(pg_temp.who_may_execute('api.start_session(uuid,text,inet,bytea)'), ARRAY['service_role'], 'for a service');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(
    format('SELECT api.start_session(%L, %L)', :'alice', 'canary-of-alice-123456'), '42501', NULL, 'not for a user'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT api.start_session(
    user_id => :'alice', token => 'canary-of-alice-123456', ip => '192.0.2.77', device_hash => sha256('device')
) ->> 'session_id' AS session \gset
SELECT format('{"sub": "%s", "role": "authenticated", "session_id": "%s"}', :'alice', :'session') AS claims \gset
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'claims', TRUE);
SELECT is(
    api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'in:session') #>> '{order,status}', 'open',
    'Alice places an order in it'
);
SET LOCAL ROLE service_role;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is(api.revoke_sessions_for(:'alice', :'session'), 1, 'it is ended');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'claims', TRUE);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 100) $$, 'TR501', 'the session is over',
    'and places none, though her token has not expired'
);
SELECT throws_ok(
    $$ SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'in:session') $$, 'TR501', NULL,
    'not even the same again'
);
RESET ROLE;
SELECT is(
    (SELECT count(*) FROM partitions.orders_open WHERE user_id = :'alice'), 1::bigint, 'what she placed stays, and no more'
);

SELECT finish();
ROLLBACK;
