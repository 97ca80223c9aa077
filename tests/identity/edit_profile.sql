-- identity.edit_profile(): a user says who they are, in words that can be, and in a session that lives.

BEGIN;
SELECT plan(21);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT isnt_definer('identity', 'edit_profile', ARRAY['jsonb']);
SELECT is(pg_temp.who_may_execute('identity.edit_profile(jsonb)'), ARRAY['authenticated'], 'it is for users');
GRANT EXECUTE ON FUNCTION pg_temp.detail_of(text) TO PUBLIC;
\set session 5e551011-0000-4000-8000-00000000000a
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES (:'session', :'alice', 'infinity');
SELECT format('{"sub": "%s", "session_id": "%s"}', :'alice', :'session') AS in_session \gset
UPDATE identity.profiles SET display_name = 'Bob' WHERE user_id = :'bob';
UPDATE system.system_config SET value = 'false' WHERE key = 'session_required';
PREPARE edit(jsonb) AS SELECT identity.edit_profile($1);
PREPARE profiles AS
SELECT p.display_name, p.country, p.timezone, p.preferences FROM identity.profiles AS p
WHERE p.user_id IN (:'alice', :'bob') ORDER BY p.user_id;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok($$ EXECUTE edit('{"country": "CH"}') $$, 'TR012', 'unknown user', 'nobody has no profile');
SELECT set_config('request.jwt.claims', :'in_session', TRUE);
SELECT is(
    identity.edit_profile('{"display_name": "Alice", "country": "CH", "timezone": "Europe/Zurich", "preferences": {"a": 1}}'),
    '{"display_name": "Alice", "country": "CH", "timezone": "Europe/Zurich", "preferences": {"a": 1}}', 'Alice says who she is'
);
SELECT is(identity.edit_profile('{"country": "AT"}') ->> 'display_name', 'Alice', 'what is not given stays');
SELECT is(
    identity.edit_profile('{"country": null, "timezone": null, "preferences": null}'),
    '{"display_name": "Alice", "country": null, "timezone": "UTC", "preferences": {}}', 'null is none'
);
SELECT is(identity.edit_profile('{}') ->> 'display_name', 'Alice', 'nothing changes nothing');

SELECT throws_ok(format('EXECUTE edit(%L)', wrong.changes), 'TR010', wrong.message, wrong.description)
FROM (VALUES
    (NULL, 'invalid changes', 'nothing at all is no change'), ('[]', 'invalid changes', 'nor is a list'),
    ('{"status": "active"}', 'invalid changes', 'what she is here is not hers to say'),
    ('{"user_id": "bbbbbbbb-0000-4000-8000-00000000000b"}', 'invalid changes', 'nor who'),
    ('{"country": "Switzerland"}', 'invalid country', 'a country has two letters'),
    (E'{"display_name": "Al\u200Bice"}', 'invalid display_name', 'a name can be seen'),
    ('{"preferences": [1]}', 'invalid preferences', 'preferences are an object'),
    ('{"timezone": "no zone!"}', 'invalid timezone', 'a zone is spelled like one')
) AS wrong (changes, message, description);
SELECT is(
    pg_temp.detail_of($$ EXECUTE edit('{"country": "Switzerland"}') $$), '{"argument": "country"}', 'the detail names it'
);

SELECT set_config('request.jwt.claims', (:'in_session'::jsonb || '{"is_anonymous": true}')::text, TRUE);
SELECT throws_ok($$ EXECUTE edit('{"country": "CH"}') $$, 'TR008', NULL, 'not for who is anonymous');
RESET ROLE;
UPDATE identity.users SET status = 'suspended' WHERE id = :'alice';
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'in_session', TRUE);
SELECT throws_ok($$ EXECUTE edit('{"country": "CH"}') $$, 'TR008', 'the user may not do this', 'nor who is suspended');
RESET ROLE;
UPDATE identity.users SET status = 'active' WHERE id = :'alice';
UPDATE identity.user_sessions SET revoked_at = now() WHERE id = :'session';
SET LOCAL ROLE authenticated;
SELECT throws_ok(
    $$ EXECUTE edit('{"country": "CH"}') $$, 'TR501', 'the session is over', 'nor in a session that is over'
);
RESET ROLE;
SELECT results_eq(
    'profiles', $$ VALUES ('Alice', NULL, 'UTC', '{}'::jsonb), ('Bob', NULL, 'UTC', '{}') $$,
    'no refusal changed anything, and nothing changed Bob'
);
SELECT results_eq(
    format('SELECT l.actor_id, l.session_id, l.after FROM audit.audit_logs AS l
            WHERE l.relation = %L AND l.row_key = %L AND l.actor_id IS NOT NULL ORDER BY l.id LIMIT 1',
        'identity.profiles', :'alice'),
    $$ VALUES ('aaaaaaaa-0000-4000-8000-00000000000a'::uuid, '5e551011-0000-4000-8000-00000000000a',
        '{"display_name": "[personal]", "country": "[personal]", "timezone": "[personal]", "preferences": "[personal]"}'::jsonb
    ) $$, 'that she did is on record, what she said is not'
);

SELECT finish();
ROLLBACK;
