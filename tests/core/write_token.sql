-- core.write_token(): timeline, LSN and transaction of whoever has just written. What a replica makes of it is in
-- tests/replica.

-- Before anything is written.
SELECT core.write_token() AS readers \gset

BEGIN;
SELECT plan(10);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('core', 'write_token', '{}'::name[], 'volatile', 'every write has another one');
SELECT is(
    pg_temp.who_may_execute('core.write_token()'), ARRAY['authenticated', 'service_role', 'tradebase_kernel'],
    'those who give commands, and the kernel that answers them'
);

-- pgTAP has written: the transaction has its number.
SELECT pg_current_xact_id() AS xid \gset
SELECT core.write_token() AS token \gset
SELECT pg_current_wal_insert_lsn() AS lsn \gset
SELECT matches(:'token'::text, '^[0-9A-F]{8}\.[0-9A-F]+/[0-9A-F]+\.[0-9]+$', 'a timeline, an LSN and a transaction');
SELECT is(split_part(:'token'::text, '.', 1), left(pg_walfile_name(:'lsn'::pg_lsn), 8), 'the timeline is the server''s');
SELECT cmp_ok(split_part(:'token', '.', 2)::pg_lsn, '<=', :'lsn'::pg_lsn, 'the LSN is not ahead of the server''s');
SELECT is(split_part(:'token'::text, '.', 3), :'xid', 'the transaction is this one');

SELECT matches(
    :'readers'::text, '^[0-9A-F]{8}\.[0-9A-F]+/[0-9A-F]+\.$', 'who has written nothing has no transaction, and a token'
);

SAVEPOINT before_more;
CREATE TEMPORARY TABLE more ();
SELECT core.write_token() AS later \gset
SELECT is(split_part(:'later'::text, '.', 3), :'xid', 'below a savepoint it is this one too, and not its part');
SELECT cmp_ok(
    split_part(:'later', '.', 2)::pg_lsn, '>', split_part(:'token', '.', 2)::pg_lsn,
    'behind a write the LSN is behind it too'
);

PREPARE of_a_reader AS SELECT core.write_token();
SET LOCAL ROLE anon;
SELECT throws_ok('of_a_reader', '42501', NULL, 'who gives no commands has nothing to wait for');

RESET ROLE;
SELECT finish();
ROLLBACK;
