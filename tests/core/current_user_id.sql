-- core.current_user_id(): the user is who the claims of the request say, and nobody where there are none.

BEGIN;
SELECT plan(14);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('core', 'current_user_id', '{}'::name[], 'stable', 'a policy asks once per statement');
SELECT isnt_definer('core', 'current_user_id', '{}'::name[], 'it runs with the rights of whoever asks');
SELECT is(
    pg_temp.who_may_execute('core.current_user_id()'),
    ARRAY['anon', 'authenticated', 'service_role', 'tradebase_kernel', 'tradebase_operator', 'tradebase_support'],
    'those who write on behalf of a user may ask who it is'
);

PREPARE who AS SELECT core.current_user_id();

SELECT results_eq('who', ARRAY[NULL::uuid], 'before any request nobody is signed in');

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '{"sub":"a11ce000-0000-4000-8000-000000000001","role":"authenticated"}', TRUE);
SELECT results_eq('who', ARRAY['a11ce000-0000-4000-8000-000000000001'::uuid], 'Alice is Alice');
SELECT set_config('request.jwt.claims', '{"sub":"b0b00000-0000-4000-8000-000000000002"}', TRUE);
SELECT results_eq('who', ARRAY['b0b00000-0000-4000-8000-000000000002'::uuid], 'Bob is Bob');
SET LOCAL ROLE tradebase_kernel;
SELECT results_eq(
    'who', ARRAY['b0b00000-0000-4000-8000-000000000002'::uuid], 'behind a definer function Bob is still Bob'
);

-- Nobody.
SET LOCAL ROLE anon;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT results_eq('who', ARRAY[NULL::uuid], 'the empty setting that a finished request leaves behind is nobody');
SELECT set_config('request.jwt.claims', '{"role":"anon"}', TRUE);
SELECT results_eq('who', ARRAY[NULL::uuid], 'claims without a subject are nobody');
SELECT set_config('request.jwt.claims', '{"sub":""}', TRUE);
SELECT results_eq('who', ARRAY[NULL::uuid], 'an empty subject is nobody');
SELECT set_config('request.jwt.claims', '{"sub":null}', TRUE);
SELECT results_eq('who', ARRAY[NULL::uuid], 'a null subject is nobody');

-- What is no claim at all must not pass for nobody.
SELECT set_config('request.jwt.claims', '{"sub":"alice"}', TRUE);
SELECT throws_ok('who', '22P02', NULL, 'a subject that is no id is an error and not nobody');
SELECT set_config('request.jwt.claims', 'alice', TRUE);
SELECT throws_ok('who', '22P02', NULL, 'a setting that is no JSON is an error and not nobody');

-- Under a name of its own: a plan made before the role changed has the call inlined and asks for no right any more.
PREPARE worker_asks AS SELECT core.current_user_id();
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok('worker_asks', '42501', NULL, 'a worker acts for no user and cannot ask');

RESET ROLE;
SELECT finish();
ROLLBACK;
