-- What a user moved, or received.
-- Role authenticated, under its policy, which asks for both ends of a transfer; no parameters. No history.

BEGIN;
SELECT plan(6);
\ir contract.psql

PREPARE contract AS SELECT id, kind, status, amount::text FROM api.transfers ORDER BY id DESC LIMIT 20;
SELECT pg_temp.keeps(
    'EXECUTE contract', 'authenticated', :'claims',
    '{transfers_user_id_id_idx,transfers_counterparty_user_id_idx}', '{}',
    rows => 20, buffers => 100
);

SELECT finish();
ROLLBACK;
