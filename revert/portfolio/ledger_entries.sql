-- Revert tradebase:portfolio/ledger_entries from pg

BEGIN;

CALL ops.guard_revert('portfolio/ledger_entries');

DELETE FROM ops.partition_policies WHERE parent = 'portfolio.ledger_entries'::regclass;
DROP TABLE portfolio.ledger_entries;

DROP FUNCTION portfolio.ledger_entries_balance();

COMMIT;
