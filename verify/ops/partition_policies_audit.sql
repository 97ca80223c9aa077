-- Verify tradebase:ops/partition_policies_audit on pg

BEGIN;

DO $$
BEGIN
    ASSERT (SELECT count(*) = 4 FROM pg_trigger WHERE tgfoid = 'ops.partition_policies_audit()'::regprocedure AND tgenabled = 'A'),
        'ops.partition_policies: not every change is audited';
END
$$;

ROLLBACK;
