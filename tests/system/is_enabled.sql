-- system.is_enabled(): off by the kill switch, off for who is denied, on for who is allowed, staff, and a percentage.

BEGIN;
SELECT plan(19);
\ir ../fixtures/alice_bob_and_carol.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('system.is_enabled(text,uuid)'), ARRAY['tradebase_kernel', 'tradebase_operator'],
    'for the kernel, and for an operator who wants to know'
);
INSERT INTO system.feature_flags (key, description) VALUES ('t_new', 'New.');
PREPARE on_for AS
SELECT system.is_enabled('t_new', :'alice'), system.is_enabled('t_new', :'bob'), system.is_enabled('t_new', :'carol'),
    system.is_enabled('t_new');

SET LOCAL ROLE authenticated;
SELECT throws_ok('on_for', '42501', NULL, 'no user asks for somebody');
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ SELECT system.is_enabled('t_nowhere') $$, 'TR010', 'unknown flag', 'a flag that is not there is none');
SELECT throws_ok('SELECT system.is_enabled(NULL)', 'TR010', 'unknown flag', 'nor is nothing');
SELECT results_eq('on_for', 'VALUES (FALSE, FALSE, FALSE, FALSE)', 'a new flag is off');

RESET ROLE;
UPDATE system.feature_flags SET rollout_pct = 100, is_for_staff = TRUE, allowed_user_ids = ARRAY[:'alice']::uuid[]
WHERE key = 't_new';
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('on_for', 'VALUES (FALSE, FALSE, FALSE, FALSE)', 'whoever it is for: the switch is off');
RESET ROLE;
UPDATE system.feature_flags SET is_enabled = TRUE WHERE key = 't_new';
SET LOCAL ROLE tradebase_operator;
SELECT results_eq('on_for', 'VALUES (TRUE, TRUE, TRUE, TRUE)', 'on for all is on for all');
RESET ROLE;
UPDATE system.feature_flags SET denied_user_ids = ARRAY[:'bob']::uuid[] WHERE key = 't_new';
SELECT results_eq('on_for', 'VALUES (TRUE, FALSE, TRUE, TRUE)', 'but for who is denied');
UPDATE system.feature_flags SET rollout_pct = 0 WHERE key = 't_new';
SELECT results_eq('on_for', 'VALUES (TRUE, FALSE, TRUE, FALSE)', 'for who is allowed, and for staff');
UPDATE system.feature_flags SET denied_user_ids = ARRAY[:'carol']::uuid[] WHERE key = 't_new';
SELECT results_eq('on_for', 'VALUES (TRUE, FALSE, FALSE, FALSE)', 'denied is denied to staff too');
UPDATE system.feature_flags SET denied_user_ids = '{}' WHERE key = 't_new';
UPDATE identity.staff_roles SET revoked_at = now(), revoked_by = '{}' WHERE user_id = :'carol';
SELECT results_eq('on_for', 'VALUES (TRUE, FALSE, FALSE, FALSE)', 'who works here no longer is no staff');
UPDATE system.feature_flags SET is_for_staff = FALSE, allowed_user_ids = '{}' WHERE key = 't_new';

-- The percentage: stable for a user, and a superset as it grows.
CREATE TEMPORARY TABLE rollout (pct integer, user_id uuid);
GRANT SELECT ON rollout TO tradebase_operator;
CREATE PROCEDURE pg_temp.try(pct integer) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE system.feature_flags SET rollout_pct = try.pct WHERE key = 't_new';
    INSERT INTO rollout
    SELECT try.pct, u.id FROM (SELECT md5(i::text)::uuid AS id FROM generate_series(1, 400) AS i) AS u
    WHERE system.is_enabled('t_new', u.id);
END
$$;
CALL pg_temp.try(1);
CALL pg_temp.try(20);
CALL pg_temp.try(50);
CALL pg_temp.try(99);
CALL pg_temp.try(100);
SELECT is_empty(
    $$ SELECT less.user_id FROM rollout AS less
       JOIN (VALUES (1, 20), (20, 50), (50, 99), (99, 100)) AS step (pct, more) ON step.pct = less.pct
       WHERE NOT EXISTS (SELECT FROM rollout AS m WHERE m.pct = step.more AND m.user_id = less.user_id) $$,
    'whoever has it keeps it as the percentage grows'
);
SELECT ok((SELECT count(*) BETWEEN 50 AND 110 FROM rollout WHERE pct = 20), 'a fifth is about a fifth');
SELECT ok((SELECT count(*) BETWEEN 150 AND 250 FROM rollout WHERE pct = 50), 'a half about a half');
SELECT ok((SELECT count(*) < 400 FROM rollout WHERE pct = 99), '99 % is not everybody');
SELECT is((SELECT count(*) FROM rollout WHERE pct = 100), 400::bigint, '100 % is');
CALL pg_temp.try(20);
SELECT is_empty(
    'SELECT user_id FROM rollout WHERE pct = 20 GROUP BY user_id HAVING count(*) <> 2',
    'back at 20 % it is the same fifth'
);
UPDATE system.feature_flags SET rollout_pct = 99 WHERE key = 't_new';
SELECT is(system.is_enabled('t_new'), FALSE, 'who is not signed in has it when all have it');
UPDATE system.feature_flags SET is_enabled = FALSE WHERE key = 't_new';
SELECT is_empty(
    $$ SELECT i FROM generate_series(1, 400) AS i WHERE system.is_enabled('t_new', md5(i::text)::uuid) $$,
    'and the switch ends it for all'
);

SELECT finish();
ROLLBACK;
