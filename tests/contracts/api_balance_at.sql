-- What a user had of an asset ten entries ago: it goes back from the end of the month.
-- Role authenticated.

BEGIN;
SELECT plan(3);
\ir contract.psql

SELECT min(l.created_at) AS at FROM (
    SELECT e.created_at FROM portfolio.ledger_entries AS e
    WHERE e.user_id = :'user' AND e.asset_id = :asset ORDER BY e.version DESC LIMIT 10
) AS l \gset

SELECT pg_temp.works(
    format('SELECT api.balance_at(%L, %L)', :'code', :'at'),
    'authenticated', :'claims',
    '{ledger_entries_user_id_asset_id_version_idx,ledger_checkpoints_pkey}',
    rows => 25, buffers => 60
);

SELECT finish();
ROLLBACK;
