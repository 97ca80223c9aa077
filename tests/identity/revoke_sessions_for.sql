-- identity.revoke_sessions_for(): one session or all, of one user, at once.

BEGIN;
SELECT plan(17);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql

SELECT is_definer('identity', 'revoke_sessions_for', ARRAY['uuid', 'uuid']);
SELECT is(
    pg_temp.who_may_execute('identity.revoke_sessions_for(uuid,uuid)'), ARRAY['service_role', 'tradebase_operator'],
    'for a service and for the operator'
);
\set bobs 5e551011-0000-4000-8000-00000000000b
\set first 5e551011-0000-4000-8000-000000000001
INSERT INTO identity.user_sessions (id, user_id, expires_at) VALUES
(:'first', :'alice', 'infinity'), ('5e551011-0000-4000-8000-000000000002', :'alice', 'infinity'),
('5e551011-0000-4000-8000-000000000003', :'alice', 'infinity'), (:'bobs', :'bob', 'infinity');
PREPARE alive AS SELECT s.id FROM identity.user_sessions AS s WHERE s.revoked_at IS NULL AND s.user_id IN (:'alice', :'bob') ORDER BY s.id;
PREPARE revoke_one(uuid, uuid) AS SELECT identity.revoke_sessions_for($1, $2);

SET LOCAL ROLE authenticated;
SELECT throws_ok(format('EXECUTE revoke_one(%L, NULL)', :'alice'), '42501', NULL, 'not for a user, who has the others');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(format('EXECUTE revoke_one(%L, NULL)', :'alice'), '42501', NULL, 'nor for support');
SET LOCAL ROLE service_role;
SELECT throws_ok('EXECUTE revoke_one(NULL, NULL)', 'TR010', 'invalid user_id', 'of nobody there are none');
SELECT throws_ok(
    format('EXECUTE revoke_one(%L, %L)', :'alice', :'bobs'), 'TR502', 'unknown session', 'Bob''s is not Alice''s'
);
SELECT throws_ok(
    format('EXECUTE revoke_one(%L, gen_random_uuid())', :'alice'), 'TR502', 'unknown session', 'as one that never was'
);
SELECT is(identity.revoke_sessions_for(:'alice', :'first'), 1, 'one is ended');
RESET ROLE;
SELECT results_eq(
    'alive', ARRAY['5e551011-0000-4000-8000-000000000002', '5e551011-0000-4000-8000-000000000003', :'bobs']::uuid[],
    'and no other'
);
SET LOCAL ROLE service_role;
SELECT is(identity.revoke_sessions_for(:'alice', :'first'), 0, 'again it is over already');
SET LOCAL ROLE tradebase_operator;
SELECT is(identity.revoke_sessions_for(:'alice'), 2, 'all that were left are ended');
SELECT is(identity.revoke_sessions_for(:'alice'), 0, 'none is left');
RESET ROLE;
SELECT results_eq('alive', ARRAY[:'bobs'::uuid], 'Bob stays signed in');
-- Alice and Bob are support, and each has the other open.
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
SELECT o.staff, o.customer, 'A call.', now(), now() + INTERVAL '15 minutes'
FROM (VALUES (:'alice'::uuid, :'bob'::uuid), (:'bob', :'alice')) AS o (staff, customer);
PREPARE open_to AS
SELECT o.staff_user_id FROM identity.support_openings AS o
WHERE o.closed_at IS NULL AND o.staff_user_id IN (:'alice', :'bob') ORDER BY 1;
SET LOCAL ROLE service_role;
SELECT is(identity.revoke_sessions_for(:'bob', :'bobs'), 1, 'Bob is signed out');
RESET ROLE;
SELECT results_eq('open_to', ARRAY[:'alice'::uuid], 'and sees no longer whom he had open as support');
SET LOCAL ROLE service_role;
SELECT identity.revoke_sessions_for(:'alice') AS ended;
RESET ROLE;
SELECT is_empty('open_to', 'nor does Alice, when all of hers are ended');
SELECT is(
    pg_temp.detail_of(format('EXECUTE revoke_one(%L, %L)', :'alice', :'bobs')), jsonb_build_object('session_id', :'bobs'),
    'the detail says what was asked and no more'
);

SELECT finish();
ROLLBACK;
