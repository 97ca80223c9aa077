-- api.support_open(): I, who am support, open one customer, and see theirs in api as they do.

BEGIN;
SELECT plan(8);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
\set carol cccccccc-0000-4000-8000-00000000000c
\set carol_claims '{"sub": "cccccccc-0000-4000-8000-00000000000c", "role": "tradebase_support"}'
INSERT INTO auth.users (id) VALUES (:'carol');
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'carol', 'tradebase_support', '{}');
UPDATE system.system_config SET value = 'false' WHERE key = 'session_required';

SELECT isnt_definer('api', 'support_open', ARRAY['uuid', 'text']);
SELECT is(pg_temp.who_may_execute('api.support_open(uuid,text)'), ARRAY['tradebase_support'], 'for support');
PREPARE balances AS SELECT b.asset, b.total::text FROM api.balances AS b ORDER BY b.asset;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(format('SELECT api.support_open(%L, %L)', :'bob', 'x'), '42501', NULL, 'not for Alice');
SELECT array_agg(b.asset || b.total ORDER BY b.asset)::text AS alices FROM api.balances AS b \gset
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty('balances', 'before it there is nothing to see');
SELECT is(api.support_open(:'alice', 'She called.') ->> 'user_id', :'alice', 'Alice is open');
SELECT is(
    (SELECT array_agg(b.asset || b.total ORDER BY b.asset)::text FROM api.balances AS b), :'alices', 'with what she has'
);
SELECT is(api.support_close(), TRUE, 'closed');
SELECT is_empty('balances', 'there is nothing to see');

RESET ROLE;
SELECT finish();
ROLLBACK;
