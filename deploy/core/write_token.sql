-- Deploy tradebase:core/write_token to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- Where a commit stands in the WAL is not known before it is there. So the token says where the transaction stands now,
-- which is behind everything that it has read, and which transaction it is: a replica that has come that far and knows
-- it as committed shows both. The timeline in front is another after every failover and every restore, where the same
-- numbers mean other writes. (pg_walfile_name() reads no file; of its answer the first eight digits are the timeline.)
CREATE FUNCTION core.write_token() RETURNS text LANGUAGE sql VOLATILE PARALLEL SAFE
RETURN left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || '.' || pg_current_wal_insert_lsn() || '.'
|| coalesce(pg_current_xact_id_if_assigned()::text, '');

COMMENT ON FUNCTION core.write_token() IS
'What a command answers so that its reader finds it on a replica, by core.wait_for_token(): timeline, LSN and transaction, '
'as in 00000001.0/1A2B3C8.7421. Taken behind the last write; without a transaction (NULL so far: nothing was written) '
'it stands for what was read. It promises nothing before the commit. 55000 on a replica.';

GRANT EXECUTE ON FUNCTION core.write_token() TO authenticated, service_role, tradebase_kernel;

COMMIT;
