-- identity.staff_roles: a person has one role of people's at a time, and what they had stays.

BEGIN;
SELECT plan(19);
\ir ../fixtures/alice_and_bob.psql

SELECT columns_are('identity', 'staff_roles', ARRAY[
    'id', 'user_id', 'role', 'granted_by', 'granted_at', 'expires_at', 'revoked_by', 'revoked_at'
]);
SELECT col_is_pk('identity', 'staff_roles', 'id', 'a row is known by its id');
SELECT indexes_are('identity', 'staff_roles', ARRAY[
    'staff_roles_pkey', 'staff_roles_standing_idx', 'staff_roles_user_id_granted_at_idx'
]);

PREPARE works(uuid, text, timestamptz) AS
INSERT INTO identity.staff_roles (user_id, role, granted_by, granted_at, expires_at)
VALUES ($1, $2, '{}', '2026-01-01', $3);
PREPARE stops(timestamptz, jsonb) AS
UPDATE identity.staff_roles SET revoked_at = $1, revoked_by = $2 WHERE user_id = :'alice' AND revoked_at IS NULL;

SELECT lives_ok(format('EXECUTE works(%L, %L, %L)', :'alice', 'tradebase_support', 'infinity'), 'Alice is support');
SELECT throws_ok(
    format('EXECUTE works(%L, %L, %L)', :'alice', 'tradebase_auditor', 'infinity'), '23505', NULL,
    'she is not an auditor at the same time'
);
SELECT throws_ok(format('EXECUTE works(%L, %L, %L)', :'bob', wrong.role, wrong.upto), wrong.state, NULL, wrong.description)
FROM (VALUES
    ('tradebase_kernel', 'infinity', '23514', 'nobody is the kernel'),
    ('tradebase_engine', 'infinity', '23514', 'nor an engine'),
    ('service_role', 'infinity', '23514', 'nor a service'),
    ('postgres', 'infinity', '23514', 'nor the administrator'),
    (NULL, 'infinity', '23502', 'a role has a name'),
    ('tradebase_support', '2026-01-01', '23514', 'and lasts')
) AS wrong (role, upto, state, description);
SELECT throws_ok($$ EXECUTE stops('2026-02-01', NULL) $$, '23514', NULL, 'somebody took it');
SELECT throws_ok($$ EXECUTE stops('2025-12-31', '{}') $$, '23514', NULL, 'after it was given');
SELECT lives_ok($$ EXECUTE stops('2026-02-01', '{}') $$, 'it ends');
SELECT lives_ok(
    format('EXECUTE works(%L, %L, %L)', :'alice', 'tradebase_auditor', 'infinity'), 'and then she may be an auditor'
);

SELECT throws_ok(
    $$ EXECUTE works('99999999-0000-4000-8000-000000000009', 'tradebase_support', 'infinity') $$, '23503', NULL,
    'who has a role is one of ours'
);
SELECT throws_ok(
    $$ INSERT INTO identity.staff_roles OVERRIDING SYSTEM VALUE
       SELECT r.* FROM identity.staff_roles AS r WHERE r.revoked_at IS NOT NULL $$,
    '23505', 'duplicate key value violates unique constraint "staff_roles_pkey"', 'an id is of one row'
);

SELECT throws_ok(
    $$ INSERT INTO identity.staff_roles (user_id, role, granted_by)
       VALUES ('bbbbbbbb-0000-4000-8000-00000000000b', 'tradebase_support', to_jsonb(repeat('x', 1000))) $$, '23514', NULL,
    'who gave it is said in a few words'
);
SELECT throws_ok(
    $$ EXECUTE stops('2026-02-02', to_jsonb(repeat('x', 1000))) $$, '23514', NULL, 'and so is who took it'
);

SELECT finish();
ROLLBACK;
