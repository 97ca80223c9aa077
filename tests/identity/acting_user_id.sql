-- identity.acting_user_id(): every command of a user refuses a session that is over, who is suspended, and who is
-- anonymous. Which the commands are is read from the catalog: a new one that forgets is named here.

BEGIN;
SELECT plan(38);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\ir ../fixtures/state_of.psql

\set session 5e551011-0000-4000-8000-00000000000a
\set bobs_session 5e551011-0000-4000-8000-00000000000b
INSERT INTO identity.user_sessions (id, user_id, created_at, last_seen_at, expires_at) VALUES
(:'session', :'alice', '2026-01-01', '2026-01-01', 'infinity'),
(:'bobs_session', :'bob', '2026-01-01', '2026-01-01', 'infinity');

SELECT is(
    pg_temp.who_may_execute('identity.acting_user_id()'), ARRAY['authenticated'], 'it is for the definer functions, and for the policies of what users change themselves'
);
GRANT EXECUTE ON FUNCTION pg_temp.detail_of(text) TO PUBLIC;

-- Everything that changes something and that a user, or support, may call, with nothing in its arguments.
CREATE TEMPORARY VIEW commands AS
SELECT
    r.rolname, p.oid::regprocedure AS command,
    format('SELECT %I.%I(%s)', n.nspname, p.proname, (
        SELECT string_agg('NULL::' || format_type(t.type, NULL), ', ' ORDER BY t.n)
        FROM unnest(p.proargtypes) WITH ORDINALITY AS t (type, n)
    )) AS call
FROM pg_proc AS p
JOIN pg_namespace AS n ON n.oid = p.pronamespace
CROSS JOIN (VALUES ('authenticated'), ('tradebase_support')) AS r (rolname)
WHERE
    has_function_privilege(r.rolname, p.oid, 'EXECUTE') AND has_schema_privilege(r.rolname, n.oid, 'USAGE')
    AND p.provolatile = 'v' AND p.prorettype <> 'trigger'::regtype AND (n.nspname = 'api' OR p.prosecdef)
    -- It waits and writes nothing, on a replica too.
    AND p.proname <> 'wait_for_token'
    AND n.nspname IN (
        'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api'
    );
GRANT SELECT ON commands TO PUBLIC;
SELECT cmp_ok(
    (SELECT count(*) FROM commands WHERE rolname = 'authenticated'), '>=', 22::bigint,
    'place, cancel, amend, send, withdraw and sign out, here and in api, are commands of a user'
);
SELECT cmp_ok(
    (SELECT count(*) FROM commands WHERE rolname = 'tradebase_support'), '>=', 4::bigint,
    'opening and closing a customer are commands of support'
);
SELECT is_definer('identity', 'acting_user_id', ARRAY[]::text[]);
SELECT function_owner_is('identity', 'acting_user_id', ARRAY[]::text[], 'tradebase_kernel');
SELECT ok(
    (SELECT p.proconfig @> ARRAY['plan_cache_mode=force_generic_plan'] FROM pg_proc AS p
     WHERE p.oid = 'identity.acting_user_id()'::regprocedure), 'it is planned once, whatever the login says of plans'
);
PREPARE all_but(text) AS
SELECT c.command, pg_temp.state_of(c.call) FROM commands AS c
WHERE c.rolname = current_user AND pg_temp.state_of(c.call) IS DISTINCT FROM $1;
PREPARE none_is(text, text) AS
SELECT c.command, pg_temp.state_of(c.call) FROM commands AS c
WHERE c.rolname = current_user AND pg_temp.state_of(c.call) IN ($1, $2);

-- A session that lives
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session'), TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'in a session that lives no command is refused for it');
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', upper(:'session')), TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'however its id is written');
RESET ROLE;

-- That was revoked
UPDATE identity.user_sessions SET revoked_at = '2026-01-02' WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session'), TRUE);
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'every command refuses a session that was revoked');
-- What a user changes without a function. Which tables they are is the catalog's to say.
RESET ROLE;
CREATE TEMPORARY VIEW changes AS
SELECT p.polrelid::regclass AS relation, format('UPDATE %s SET %I = %I', p.polrelid::regclass, a.attname, a.attname) COLLATE "default" AS call
FROM pg_policy AS p
CROSS JOIN LATERAL (
    SELECT t.attname FROM pg_attribute AS t
    WHERE t.attrelid = p.polrelid AND t.attnum > 0 AND has_column_privilege('authenticated', t.attrelid, t.attnum, 'UPDATE')
    LIMIT 1
) AS a
WHERE p.polcmd IN ('w', '*') AND p.polroles && ARRAY[0, (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = 'authenticated')];
GRANT SELECT ON changes TO PUBLIC;
SELECT is_empty(
    $$ SELECT t.oid::regclass, r.what FROM pg_class AS t
       CROSS JOIN (VALUES ('INSERT'), ('DELETE'), ('TRUNCATE')) AS r (what)
       WHERE t.relkind IN ('r', 'p') AND t.relnamespace::regnamespace::text IN (
           'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api'
       ) AND (
           has_table_privilege('authenticated', t.oid, r.what)
           OR (r.what = 'INSERT' AND has_any_column_privilege('authenticated', t.oid, 'INSERT'))
       ) $$, 'a user adds and removes no row but by a command'
);
SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ SELECT c.relation::text, pg_temp.state_of(c.call) FROM changes AS c ORDER BY 1 $$,
    $$ VALUES ('identity.profiles', 'TR501') $$, 'every table that a user may change refuses it too'
);
SELECT is(
    pg_temp.detail_of($$ SELECT api.cancel_all_orders() $$), '{"claim": "session_id"}', 'and says where it is named'
);
RESET ROLE;
-- That is over
UPDATE identity.user_sessions SET revoked_at = NULL, expires_at = '2026-01-02' WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'every command refuses a session that has expired');
RESET ROLE;
UPDATE identity.user_sessions SET expires_at = 'infinity' WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'and none does when it lives again');
RESET ROLE;

-- Somebody else's, none, and nonsense
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'bobs_session'), TRUE);
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'every command refuses somebody else''s session');
SELECT throws_ok(
    'SELECT api.cancel_all_orders()', 'TR501', 'the session is over', 'in the words for one that never was'
);
SELECT unalike(
    pg_temp.detail_of('SELECT api.cancel_all_orders()')::text, '%5e55%', 'and nothing of it in the message'
);
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', gen_random_uuid()), TRUE);
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'one that never was');
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "no uuid"}', :'alice'), TRUE);
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'one that is none');
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": ""}', :'alice'), TRUE);
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'and an empty one');

-- No session: as the setting says
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'a token that names none is taken, as long as none is required');
RESET ROLE;
UPDATE system.system_config SET value = 'true' WHERE key = 'session_required';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'and by every command refused when one is');
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session'), TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'one that names a session is not');
RESET ROLE;
UPDATE system.system_config SET value = 'false' WHERE key = 'session_required';

-- Who may do what
UPDATE identity.users SET status = 'restricted' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'who is restricted commands: place_order says what they may place');
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE all_but('TR008') $$, 'every command refuses who is suspended');
SELECT results_eq(
    $$ SELECT DISTINCT pg_temp.state_of(c.call) FROM changes AS c $$, ARRAY['TR008'], 'and every change by them'
);
SELECT is(pg_temp.detail_of('SELECT api.cancel_all_orders()'), '{"status": "suspended"}', 'as the detail says');
RESET ROLE;
UPDATE identity.users SET status = 'closed' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT is_empty($$ EXECUTE all_but('TR008') $$, 'and whose account is closed');
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';

-- Supabase's anonymous users have an id and a session like everybody.
SET LOCAL ROLE authenticated;
SELECT set_config(
    'request.jwt.claims', format('{"sub": "%s", "session_id": "%s", "is_anonymous": true}', :'alice', :'session'), TRUE
);
SELECT is_empty($$ EXECUTE all_but('TR008') $$, 'every command refuses who is anonymous');
SELECT is(pg_temp.detail_of('SELECT api.cancel_all_orders()'), '{"is_anonymous": true}', 'as the detail says');
SELECT set_config(
    'request.jwt.claims', format('{"sub": "%s", "session_id": "%s", "is_anonymous": false}', :'alice', :'session'), TRUE
);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'and not who is not');
RESET ROLE;

-- Nobody, and a stranger
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty(
    'SELECT c.command FROM commands AS c WHERE c.rolname = current_user AND pg_temp.state_of(c.call) IS NULL',
    'a request that speaks for nobody does nothing'
);
SELECT set_config('request.jwt.claims', '{"sub": "dddddddd-0000-4000-8000-00000000000d"}', TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'who is no user is told so by the command');

-- Support
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty($$ EXECUTE none_is('TR501', 'TR008') $$, 'Carol is in a session that lives');
RESET ROLE;
UPDATE identity.user_sessions SET revoked_at = now() WHERE id = :'carol_session';
SET LOCAL ROLE tradebase_support;
SELECT is_empty($$ EXECUTE all_but('TR501') $$, 'when it is revoked support opens and closes nobody');

-- What was refused did nothing: an order that Alice has stays through all of it.
RESET ROLE;
UPDATE identity.user_sessions SET revoked_at = '2026-01-02' WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session'), TRUE);
SELECT throws_ok(
    format('SELECT api.revoke_session(%L)', :'session'), 'TR501', NULL, 'a session that is over does not even end'
);
SELECT throws_ok('SELECT api.revoke_all_sessions()', 'TR501', NULL, 'nor the others');
RESET ROLE;
SELECT is(
    (SELECT s.revoked_at FROM identity.user_sessions AS s WHERE s.id = :'bobs_session'), NULL, 'least of all Bob''s'
);

SELECT finish();
ROLLBACK;
