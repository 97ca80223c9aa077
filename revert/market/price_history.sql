-- Revert tradebase:market/price_history from pg

BEGIN;

CALL ops.guard_revert('market/price_history');

DELETE FROM ops.partition_policies WHERE parent = 'market.price_history'::regclass;
DROP TABLE market.price_history;

COMMIT;
