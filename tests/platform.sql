-- platform: the roles have no more power than their work needs, and the stand-ins behave as Supabase's own.

BEGIN;
-- Where Supabase is, roles, auth and realtime are its own, and what is said of the stand-ins is not ours to say.
SELECT obj_description('auth.users'::regclass, 'pg_class') IS NOT DISTINCT FROM 'made by tradebase' AS stands_in \gset
\if :stands_in
SELECT plan(43);
\else
SELECT plan(13);
\endif
\ir fixtures/core_grants.psql

-- Roles.
SELECT is_empty(
    $$ SELECT rolname FROM pg_roles
       WHERE
           shobj_description(oid, 'pg_authid') = 'made by tradebase'
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication) $$,
    'none of them is past row level security or makes roles or databases, service_role included'
);
SELECT is_empty(
    $$ SELECT rolname FROM pg_roles
       WHERE
           shobj_description(oid, 'pg_authid') = 'made by tradebase'
           AND NOT pg_has_role(current_user, oid, 'USAGE') $$,
    'the owner is a member of all of them and has their rights'
);
SELECT is_empty(
    $$ SELECT m.member::regrole FROM pg_auth_members AS m
       WHERE m.roleid = 'tradebase_kernel'::regrole AND m.member <> current_user::regrole $$,
    'only the owner is a member of the kernel'
);
SELECT is_empty(
    $$ SELECT m.roleid::regrole FROM pg_auth_members AS m WHERE m.member = 'tradebase_kernel'::regrole $$,
    'the kernel is a member of nothing'
);

\if :stands_in

SELECT results_eq(
    $$ SELECT oid::regrole::text, rolcanlogin, rolinherit
       FROM pg_roles
       WHERE shobj_description(oid, 'pg_authid') = 'made by tradebase'
       ORDER BY rolname $$,
    $$ VALUES
        ('anon', FALSE, TRUE),
        ('authenticated', FALSE, TRUE),
        ('authenticator', TRUE, FALSE),
        ('service_authenticator', TRUE, FALSE),
        ('service_role', FALSE, TRUE),
        ('tradebase_auditor', FALSE, TRUE),
        ('tradebase_engine', FALSE, TRUE),
        ('tradebase_kernel', FALSE, TRUE),
        ('tradebase_monitor', FALSE, TRUE),
        ('tradebase_operator', FALSE, TRUE),
        ('tradebase_reporter', FALSE, TRUE),
        ('tradebase_support', FALSE, TRUE),
        ('tradebase_worker', FALSE, TRUE) $$,
    'two authenticators log in and inherit nothing, everybody else is a group'
);
SELECT is(
    ARRAY(
        SELECT oid::regrole::text FROM pg_roles
        WHERE rolname <> 'authenticator' AND pg_has_role('authenticator', oid, 'MEMBER') ORDER BY rolname
    ),
    ARRAY[
        'anon', 'authenticated', 'tradebase_auditor', 'tradebase_monitor', 'tradebase_operator', 'tradebase_reporter',
        'tradebase_support'
    ],
    'the login for people becomes anybody who is a person, and can never become service_role or a program of ours'
);
SELECT is(
    ARRAY(
        SELECT oid::regrole::text FROM pg_roles
        WHERE rolname <> 'service_authenticator' AND pg_has_role('service_authenticator', oid, 'MEMBER')
        ORDER BY rolname
    ),
    ARRAY['service_role', 'tradebase_engine'],
    'the login for services becomes service_role or the engine and nobody else'
);
SELECT is(
    ARRAY(
        SELECT s.setrole::regrole::text FROM pg_db_role_setting AS s
        WHERE s.setdatabase = 0 AND 'plan_cache_mode=force_custom_plan' = ANY (s.setconfig)
            AND s.setrole::regrole::text ~ 'authenticator$'
        ORDER BY 1
    ),
    ARRAY['authenticator', 'service_authenticator'],
    'a prepared statement of an authenticator is planned for its own values'
);
SELECT results_eq(
    $$ SELECT s.setrole::regrole::text, c.setting COLLATE "default"
       FROM pg_db_role_setting AS s, unnest(s.setconfig) AS c (setting)
       WHERE s.setdatabase = 0 AND c.setting ~ 'timeout=' AND s.setrole::regrole::text ~ 'authenticator$'
       ORDER BY 1, 2 $$,
    $$ VALUES
        ('authenticator', 'idle_in_transaction_session_timeout=5s'),
        ('authenticator', 'lock_timeout=3s'),
        ('authenticator', 'statement_timeout=8s'),
        ('service_authenticator', 'idle_in_transaction_session_timeout=5s'),
        ('service_authenticator', 'lock_timeout=3s'),
        ('service_authenticator', 'statement_timeout=30s') $$,
    'no request keeps a connection of the pool: not by running, not by waiting, not by thinking'
);

-- auth.users: what a sign-up writes and nobody reads.
PREPARE sign_up AS
INSERT INTO auth.users (id, email) VALUES ('a11ce000-0000-4000-8000-000000000001', 't-alice@example.com');
PREPARE sign_up_again AS INSERT INTO auth.users (email) VALUES ('t-alice@example.com');
PREPARE sign_up_nameless AS INSERT INTO auth.users (email) VALUES (NULL), (NULL);
PREPARE sign_up_same_id AS INSERT INTO auth.users (id) VALUES ('a11ce000-0000-4000-8000-000000000001');
PREPARE users_seen AS SELECT id FROM auth.users;
PREPARE sent AS
SELECT topic, event, payload, extension, private FROM realtime.messages WHERE topic LIKE 't-platform-%' ORDER BY topic;

SELECT lives_ok('sign_up', 'the owner signs Alice up');
SELECT throws_ok('sign_up_again', '23505', NULL, 'an address is taken once');
SELECT throws_ok('sign_up_same_id', '23505', NULL, 'an id is taken once');
SELECT lives_ok('sign_up_nameless', 'a user needs no address, and gets an id');
SELECT is(
    pg_temp.grants_on('auth.users'),
    ARRAY['tradebase_kernel: SELECT (id), UPDATE (email, raw_app_meta_data, raw_user_meta_data)'],
    'nobody was given anything of auth.users, but identity.erase_user() to empty a row'
);
SELECT is(
    pg_temp.grants_on('realtime.messages'),
    ARRAY['authenticated: SELECT', 'tradebase_worker: SELECT (inserted_at, payload, topic)'],
    'of realtime.messages who is signed in has what policies show, and a worker what it has sent'
);
SELECT is(
    ARRAY(
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.oid IN ('auth.users'::regclass, 'realtime.messages'::regclass) AND c.relrowsecurity ORDER BY 1
    ),
    ARRAY['auth.users', 'realtime.messages'],
    'and row level security is on in both'
);
SELECT is(
    pg_temp.who_may_execute(f.name::regprocedure), f.may,
    format('%s is for %s', f.name, array_to_string(f.may, ', '))
)
FROM (VALUES
    ('auth.uid()', ARRAY['anon', 'authenticated', 'service_role']),
    ('auth.jwt()', ARRAY['anon', 'authenticated', 'service_role']),
    ('auth.role()', ARRAY['anon', 'authenticated', 'service_role']),
    ('realtime.topic()', ARRAY['anon', 'authenticated', 'service_role']),
    ('realtime.send(jsonb,text,text,boolean)', ARRAY['service_role', 'tradebase_worker'])
) AS f (name, may);

-- auth.uid(), auth.jwt(), auth.role(), realtime.topic(): the settings of the request.
PREPARE claims AS SELECT auth.uid(), auth.role(), auth.jwt() ->> 'email', auth.jwt() IS NULL;
PREPARE uid AS SELECT auth.uid();
PREPARE topic AS SELECT realtime.topic();

SET LOCAL ROLE anon;
SELECT results_eq(
    'claims', 'VALUES (NULL::uuid, NULL::text, NULL::text, TRUE)', 'without a request there are no claims'
);
SELECT results_eq('topic', ARRAY[NULL::text], 'and no topic');

SET LOCAL ROLE authenticated;
SAVEPOINT request;
SELECT set_config(
    'request.jwt.claims',
    '{"sub":"a11ce000-0000-4000-8000-000000000001","role":"authenticated","email":"t-alice@example.com"}', TRUE
);
SELECT set_config('realtime.topic', 't-platform-market', TRUE);
SELECT results_eq(
    'claims',
    $$ VALUES (
        'a11ce000-0000-4000-8000-000000000001'::uuid, 'authenticated'::text, 't-alice@example.com'::text, FALSE
    ) $$,
    'Alice''s request says who she is and as what'
);
SELECT results_eq('topic', ARRAY['t-platform-market'], 'a subscription says its topic');
ROLLBACK TO request;

SELECT is(current_setting('request.jwt.claims', TRUE), '', 'a request that is over leaves an empty setting behind');
SELECT results_eq(
    'claims', 'VALUES (NULL::uuid, NULL::text, NULL::text, TRUE)', 'which is no claim and no error'
);
SELECT results_eq('topic', ARRAY[NULL::text], 'nor a topic');
SELECT set_config('request.jwt.claims', '{"role":"anon"}', TRUE);
SELECT results_eq(
    'claims', 'VALUES (NULL::uuid, ''anon''::text, NULL::text, FALSE)', 'claims may have a role and no subject'
);
SELECT set_config('request.jwt.claims', '{"sub":""}', TRUE);
SELECT results_eq('uid', ARRAY[NULL::uuid], 'an empty subject is nobody');
SELECT set_config('request.jwt.claims', '{"sub":"alice"}', TRUE);
SELECT throws_ok('uid', '22P02', NULL, 'a subject that is no id is an error');

SELECT throws_ok('users_seen', '42501', NULL, 'a client reads no sign-ups');
PREPARE client_sends AS SELECT realtime.send('{}', 'fill', 't-platform-client');
SELECT throws_ok('client_sends', '42501', NULL, 'a client broadcasts nothing');
SET LOCAL ROLE service_role;
SELECT throws_ok('users_seen', '42501', NULL, 'a service reads no sign-ups');

-- realtime.send(): writes a message, and never fails the transaction that it tells about.
PREPARE send AS SELECT realtime.send('{"price":"1.5"}', 'fill', 't-platform-1');
PREPARE send_public AS SELECT realtime.send('{"price":"1.6"}', 'fill', 't-platform-2', FALSE);
PREPARE send_nowhere AS SELECT realtime.send('{"price":"1.7"}', 'fill', NULL);
PREPARE send_nothing AS SELECT realtime.send(NULL, NULL, 't-platform-3');
PREPARE send_as_service AS SELECT realtime.send('{"price":"1.8"}', 'fill', 't-platform-4');
PREPARE send_broken AS SELECT realtime.send('{"price":"1.9"}', 'fill', 't-platform-5');
SET LOCAL client_min_messages = error;

RESET ROLE;
SELECT lives_ok('send', 'the owner sends a message');
SELECT lives_ok('send_public', 'and one for everybody');
SELECT lives_ok('send_nothing', 'a message may be empty');
SELECT results_eq(
    'topic', ARRAY['t-platform-3'], 'the topic of the last message is the transaction''s, as Supabase has it'
);
SELECT lives_ok('send_nowhere', 'a message without a topic is no error');
SET LOCAL ROLE service_role;
SELECT lives_ok('send_as_service', 'a service sends a message');
RESET ROLE;
ALTER TABLE realtime.messages RENAME TO t_messages;
SELECT lives_ok('send_broken', 'a message that has no table to go to is no error');
ALTER TABLE realtime.t_messages RENAME TO messages;
SELECT results_eq(
    'sent',
    $$ VALUES
        ('t-platform-1', 'fill', '{"price": "1.5"}'::jsonb, 'broadcast', TRUE),
        ('t-platform-2', 'fill', '{"price": "1.6"}', 'broadcast', FALSE),
        ('t-platform-3', NULL, NULL, 'broadcast', TRUE),
        ('t-platform-4', 'fill', '{"price": "1.8"}', 'broadcast', TRUE) $$,
    'what was sent is there, private unless said otherwise, the service''s too'
);
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '{"sub": "a11ce000-0000-4000-8000-000000000001"}', TRUE);
SELECT is_empty('sent', 'a client reads no messages past its subscription');
RESET ROLE;

\else

SELECT results_eq(
    $$ SELECT oid::regrole::text, rolcanlogin, rolinherit
       FROM pg_roles
       WHERE shobj_description(oid, 'pg_authid') = 'made by tradebase'
       ORDER BY rolname $$,
    $$ VALUES
        ('tradebase_auditor', FALSE, TRUE),
        ('tradebase_engine', FALSE, TRUE),
        ('tradebase_kernel', FALSE, TRUE),
        ('tradebase_monitor', FALSE, TRUE),
        ('tradebase_operator', FALSE, TRUE),
        ('tradebase_reporter', FALSE, TRUE),
        ('tradebase_support', FALSE, TRUE),
        ('tradebase_worker', FALSE, TRUE) $$,
    'only groups are ours, and no login'
);
SELECT hasnt_role('service_authenticator', 'where one login becomes service_role already, a second parts nothing');
SELECT is(
    ARRAY(
        SELECT oid::regrole::text FROM pg_roles
        WHERE rolname <> 'authenticator' AND pg_has_role('authenticator', oid, 'MEMBER') ORDER BY rolname
    ),
    ARRAY[
        'anon', 'authenticated', 'service_role', 'tradebase_auditor', 'tradebase_monitor', 'tradebase_operator',
        'tradebase_reporter', 'tradebase_support'
    ],
    'to the three that the login for people becomes come those who are people, and no program of ours'
);
SELECT is_empty(
    $$ SELECT o.what FROM (
           SELECT p.oid::regprocedure::text AS what, p.pronamespace, p.proowner FROM pg_proc AS p
           UNION ALL SELECT c.oid::regclass::text, c.relnamespace, c.relowner FROM pg_class AS c
           UNION ALL SELECT t.oid::regtype::text, t.typnamespace, t.typowner FROM pg_type AS t
       ) AS o (what, namespace, owner) JOIN pg_namespace AS n ON n.oid = o.namespace
       WHERE o.owner = current_user::regrole AND n.nspowner <> o.owner AND n.nspname !~ '^pg_' $$,
    'in a schema that is not ours nothing is ours'
);
SELECT results_eq(
    $$ SELECT t.tgname::text COLLATE "default", t.tgfoid::regprocedure::text FROM pg_trigger AS t
       JOIN pg_class AS c ON c.oid = t.tgrelid
       WHERE c.relnamespace IN ('auth'::regnamespace, 'realtime'::regnamespace) AND NOT t.tgisinternal ORDER BY 1 $$,
    $$ VALUES
        ('sessions_tradebase_end', 'identity.end_auth_session()'),
        ('users_tradebase_take_in', 'identity.take_in_auth_user()') $$,
    'but two triggers: who signs up is taken in, what is signed out ends'
);
SELECT results_eq(
    $$ SELECT k.conrelid::regclass::text, k.confrelid::regclass::text, i.indisprimary, k.confdeltype::text
       FROM pg_constraint AS k JOIN pg_index AS i ON i.indexrelid = k.conindid
       WHERE
           k.contype = 'f' AND k.confrelid IN (
               SELECT oid FROM pg_class
               WHERE relnamespace IN ('auth'::regnamespace, 'storage'::regnamespace, 'realtime'::regnamespace)
           )
           AND k.conrelid IN (SELECT oid FROM pg_class WHERE relowner = current_user::regrole) $$,
    $$ VALUES ('identity.users', 'auth.users', TRUE, 'r') $$,
    'and one foreign key, to the primary key of auth.users: who has an account here is not deleted there'
);
PREPARE users_seen AS SELECT id FROM auth.users;
PREPARE send AS SELECT realtime.send('{}', 'fill', 't-platform-1');
SET LOCAL ROLE authenticated;
SELECT throws_ok('users_seen', '42501', NULL, 'a client reads no sign-ups');
SET LOCAL ROLE service_role;
SELECT throws_ok('users_seen', '42501', NULL, 'a service reads no sign-ups');
RESET ROLE;
SET LOCAL client_min_messages = error;
SELECT lives_ok('send', 'the owner sends a message, or is only warned');

\endif

SELECT finish();
ROLLBACK;
