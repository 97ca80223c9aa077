-- What a user moved, or received, newest first.
-- Role authenticated, under its policy, which asks for both ends of a transfer; parameters: an id, which is a time, and
-- how many. No months.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT min(l.id::text)::uuid AS since FROM (
    SELECT t.id FROM portfolio.transfers AS t
    WHERE t.user_id = :'user' OR t.counterparty_user_id = :'user' ORDER BY t.id DESC LIMIT 5
) AS l \gset

PREPARE contract(uuid, bigint) AS
SELECT id, kind, status, amount::text FROM api.transfers WHERE id >= $1 ORDER BY id DESC LIMIT $2;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L, 5)', :'since'), 'authenticated', :'claims',
    '{transfers_user_id_id_idx,transfers_counterparty_user_id_id_idx}', '{}',
    rows => 5, buffers => 25
);

SELECT finish();
ROLLBACK;
