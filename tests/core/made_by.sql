-- core.made_by(): the login, the role it has become, and the user it speaks for; inside a definer function too.

BEGIN;
SELECT plan(4);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('core.made_by()'), ARRAY['tradebase_kernel'], 'it is for the definer functions');
SELECT is(
    core.made_by() - 'database_role', jsonb_build_object('session_role', session_user, 'user_id', NULL),
    'a login that speaks for nobody'
);
CREATE FUNCTION pg_temp.decide() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS 'SELECT core.made_by()';
GRANT EXECUTE ON FUNCTION pg_temp.decide() TO tradebase_operator;
SET LOCAL ROLE tradebase_operator;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is(
    pg_temp.decide(),
    jsonb_build_object('session_role', session_user, 'database_role', 'tradebase_operator', 'user_id', :'alice'),
    'an operator, signed in, whatever function they call'
);
SELECT throws_ok('SELECT core.made_by()', '42501', NULL, 'who do not ask themselves');
RESET ROLE;

SELECT finish();
ROLLBACK;
