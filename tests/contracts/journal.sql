-- The entries of one journal, as an auditor follows it.
-- Role tradebase_auditor; parameter: the journal. Every month, one probe each.

BEGIN;
SELECT plan(6);
\ir contract.psql

SELECT l.journal_id AS journal FROM portfolio.ledger_entries AS l WHERE l.user_id = :'user' AND l.asset_id = :asset
ORDER BY l.version DESC LIMIT 1 \gset

PREPARE contract(uuid) AS SELECT * FROM portfolio.ledger_entries WHERE journal_id = $1;
SELECT pg_temp.keeps(
    format('EXECUTE contract(%L)', :'journal'), 'tradebase_auditor', :'claims',
    '{ledger_entries_journal_id_idx}',
    ARRAY(SELECT b.leaf::text FROM ops.partition_bounds('portfolio.ledger_entries') AS b),
    rows => 2000, buffers => 35
);

SELECT finish();
ROLLBACK;
