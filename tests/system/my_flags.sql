-- system.my_flags(): what is on for who asks, of what is public.

BEGIN;
SELECT plan(8);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is_definer('system', 'my_flags', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('system.my_flags()'), ARRAY[
    'anon', 'authenticated', 'tradebase_auditor', 'tradebase_operator', 'tradebase_reporter', 'tradebase_support'
], 'for people, staff too');
SELECT ok(
    (SELECT p.proconfig @> ARRAY['plan_cache_mode=force_generic_plan'] FROM pg_proc AS p WHERE p.oid = 'system.my_flags()'::regprocedure),
    'it is planned once, whatever the login says of plans'
);
INSERT INTO system.feature_flags (key, description, is_enabled, rollout_pct, is_public, allowed_user_ids) VALUES
('t_alices', 'Alice''s.', TRUE, 0, TRUE, ARRAY[:'alice']::uuid[]),
('t_everybodys', 'Everybody''s.', TRUE, 100, TRUE, '{}'),
('t_secret', 'Nobody''s business.', TRUE, 100, FALSE, ARRAY[:'alice']::uuid[]);
PREPARE mine AS
SELECT f -> 't_alices', f -> 't_everybodys', f ? 't_secret', f::text LIKE '%aaaaaaaa%' FROM system.my_flags() AS f;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT results_eq('mine', $$ VALUES ('true'::jsonb, 'true'::jsonb, FALSE, FALSE) $$, 'Alice has hers and everybody''s');
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT results_eq('mine', $$ VALUES ('false'::jsonb, 'true'::jsonb, FALSE, FALSE) $$, 'Bob has not, nor learns who has');
SET LOCAL ROLE anon;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT results_eq('mine', $$ VALUES ('false'::jsonb, 'true'::jsonb, FALSE, FALSE) $$, 'nobody has everybody''s');
SET LOCAL ROLE service_role;
SELECT throws_ok('mine', '42501', NULL, 'a service has none');
RESET ROLE;
DELETE FROM system.feature_flags;
SELECT is(system.my_flags(), '{}', 'without flags there are none');

SELECT finish();
ROLLBACK;
