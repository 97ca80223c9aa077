-- identity.support_openings: one customer at a time, somebody else, for a reason, and for fifteen minutes at most.

BEGIN;
SELECT plan(16);
\ir ../fixtures/alice_bob_and_carol.psql

SELECT columns_are('identity', 'support_openings', ARRAY[
    'id', 'staff_user_id', 'user_id', 'reason', 'opened_at', 'expires_at', 'closed_at'
]);
SELECT col_is_pk('identity', 'support_openings', 'id', 'a row is known by its id');
SELECT indexes_are('identity', 'support_openings', ARRAY[
    'support_openings_pkey', 'support_openings_open_idx', 'support_openings_staff_user_id_opened_at_idx',
    'support_openings_user_id_opened_at_idx'
]);

PREPARE opens(uuid, text, timestamptz, timestamptz) AS
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at, closed_at)
VALUES (:'carol', $1, $2, '2026-01-01 12:00+00', $3, $4);

SELECT lives_ok(
    format('EXECUTE opens(%L, %L, %L, NULL)', :'alice', 'A call.', '2026-01-01 12:15+00'), 'Alice is open to Carol'
);
SELECT throws_ok(
    format('EXECUTE opens(%L, %L, %L, NULL)', :'bob', 'A call.', '2026-01-01 12:15+00'), '23505', NULL,
    'then Bob is not, at the same time'
);
UPDATE identity.support_openings SET closed_at = '2026-01-01 12:05+00' WHERE user_id = :'alice';
SELECT lives_ok(
    format('EXECUTE opens(%L, %L, %L, %L)', :'bob', 'A call.', '2026-01-01 12:15+00', '2026-01-01 12:15+00'),
    'afterwards he is'
);
SELECT throws_ok(
    format('EXECUTE opens(%s)', replace(replace(wrong.row, 'ALICE', quote_literal(:'alice')), 'CAROL', quote_literal(:'carol'))),
    wrong.state, NULL, wrong.description
)
FROM (VALUES
    ($$ CAROL, 'x', '2026-01-01 12:15+00', NULL $$, '23514', 'nobody opens themself'),
    ($$ gen_random_uuid(), 'x', '2026-01-01 12:15+00', NULL $$, '23503', 'nor somebody who is no user'),
    ($$ ALICE, NULL, '2026-01-01 12:15+00', NULL $$, '23502', 'there is a reason'),
    ($$ ALICE, '', '2026-01-01 12:15+00', NULL $$, '23514', 'that says something'),
    ($$ ALICE, repeat('x', 501), '2026-01-01 12:15+00', NULL $$, '23514', 'not too much'),
    ($$ ALICE, 'x', '2026-01-01 12:15:00.000001+00', NULL $$, '23514', 'it ends after fifteen minutes'),
    ($$ ALICE, 'x', '2026-01-01 12:00+00', NULL $$, '23514', 'it lasts'),
    ($$ ALICE, 'x', '2026-01-01 12:15+00', '2026-01-01 11:59+00' $$, '23514', 'and is closed after it was opened')
) AS wrong (row, state, description);

PREPARE opened_by_nobody AS
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
VALUES ('99999999-0000-4000-8000-000000000009', :'alice', 'x', '2026-01-01 12:00+00', '2026-01-01 12:15+00');
SELECT throws_ok('opened_by_nobody', '23503', NULL, 'who opens is one of ours');
SELECT throws_ok(
    $$ INSERT INTO identity.support_openings OVERRIDING SYSTEM VALUE
       SELECT r.* FROM identity.support_openings AS r WHERE r.reason = 'A call.' $$,
    '23505', 'duplicate key value violates unique constraint "support_openings_pkey"', 'an id is of one row'
);

SELECT finish();
ROLLBACK;
