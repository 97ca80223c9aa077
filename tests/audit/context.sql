-- audit.context(): who is at work, from what the request says, and nobody where it cannot be read.

BEGIN;
SELECT plan(19);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('audit.context()'), ARRAY['tradebase_kernel'], 'for the kernel''s functions');
SELECT isnt_definer('audit', 'context', ARRAY[]::name[]);
SELECT columns_are('audit', 'context', ARRAY[
    'actor_id', 'database_role', 'session_role', 'session_id', 'request_id', 'reason'
]);
PREPARE said AS
SELECT c.actor_id::text, c.database_role::text, c.session_id::text, c.request_id::text, c.reason
FROM audit.context() AS c;
GRANT USAGE ON SCHEMA audit TO authenticated;
GRANT EXECUTE ON FUNCTION audit.context() TO authenticated;

SELECT results_eq(
    'said', format('VALUES (NULL::text, %L, NULL::text, NULL::text, NULL::text)', session_user),
    'without a request: the login and nobody'
);
SELECT is((SELECT c.session_role::text FROM audit.context() AS c), session_user::text, 'who logged in');
SET LOCAL ROLE authenticated;
SELECT set_config(
    'request.jwt.claims',
    (:'alice_claims'::jsonb || '{"session_id": "5e551011-0000-4000-8000-00000000000a"}')::text, TRUE
);
SELECT set_config('request.headers', '{"x-request-id": "r-1", "host": "api"}', TRUE);
SELECT set_config('tradebase.reason', 'because', TRUE);
SELECT results_eq(
    'said',
    format('VALUES (%L, %L, %L, %L, %L)', :'alice', 'authenticated', '5e551011-0000-4000-8000-00000000000a', 'r-1', 'because'),
    'with one: the role, the user, the session, the request, the reason'
);
SELECT isnt((SELECT c.session_role::text FROM audit.context() AS c), 'authenticated', 'a role that was set is no login');
SELECT set_config('tradebase.request_id', 'r-2', TRUE);
SELECT is((SELECT c.request_id::text FROM audit.context() AS c), 'r-2', 'what a program calls itself goes before a header');
SELECT set_config('tradebase.request_id', '', TRUE);

-- Claims that cannot be read name nobody, and stop nothing.
SELECT results_eq(
    'said', $$ VALUES (NULL::text, 'authenticated', NULL::text, 'r-1', 'because') $$, format('claims %s are nobody''s', broken)
)
FROM (VALUES ('{'), ('"x"'), ('[]'), ('{"sub": "alice"}'), (''), ('{"sub": null, "session_id": null}')) AS b (broken)
WHERE set_config('request.jwt.claims', broken, TRUE) = broken;
SELECT is(
    (SELECT c.request_id FROM audit.context() AS c), NULL, format('headers %s name no request', left(broken, 20))
)
FROM (VALUES ('{'), ('{"x-request-id": ""}'), ('[1]'), (repeat('[', 100000))) AS b (broken)
WHERE set_config('request.headers', broken, TRUE) = broken;
SELECT set_config('request.headers', jsonb_build_object('x-request-id', repeat('r', 5000))::text, TRUE);
SELECT is((SELECT length(c.request_id) FROM audit.context() AS c), 200, 'what is too long is cut');

RESET ROLE;
SELECT finish();
ROLLBACK;
