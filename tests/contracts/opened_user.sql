-- What support sees: whom they have open, which every policy of theirs asks.
-- Role tradebase_support.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT r.user_id AS staff FROM identity.staff_roles AS r WHERE r.revoked_at IS NULL
AND r.user_id <> :'user' LIMIT 1 \gset
SELECT jsonb_build_object('sub', :'staff', 'role', 'tradebase_support') AS claims \gset

INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
VALUES (:'staff', :'user', 'A call.', statement_timestamp(), statement_timestamp() + INTERVAL '15 minutes');

SELECT pg_temp.works(
    'SELECT count(*) FROM identity.profiles',
    'tradebase_support', :'claims',
    '{support_openings_open_idx}',
    rows => 10, buffers => 25
);

SELECT finish();
ROLLBACK;
