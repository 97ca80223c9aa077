-- monitoring.pool_samples: what PgBouncer said of a pool at a moment.

BEGIN;
SELECT plan(12);

SELECT columns_are('monitoring', 'pool_samples', ARRAY[
    'sampled_at', 'pool', 'login', 'clients_active', 'clients_waiting', 'servers_active', 'servers_idle', 'max_wait'
]);
SELECT col_is_pk('monitoring', 'pool_samples', ARRAY['sampled_at', 'pool', 'login'], 'a pool is of a database and a login');
SELECT indexes_are('monitoring', 'pool_samples', ARRAY['pool_samples_pkey']);
SELECT is(
    ARRAY(SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = 'monitoring.pool_samples'::regclass),
    ARRAY[TRUE], 'row level security is on and forced'
);

SELECT throws_ok(
    format('INSERT INTO monitoring.pool_samples VALUES (%s)', wrong.row), '23514', NULL, wrong.description
)
FROM (VALUES
    ($$ now(), '', 'l', 0, 0, 0, 0, '0' $$, 'a pool has a name'),
    ($$ now(), repeat('p', 64), 'l', 0, 0, 0, 0, '0' $$, 'as long as one of PostgreSQL''s'),
    ($$ now(), 'p', '', 0, 0, 0, 0, '0' $$, 'so has a login'),
    ($$ now(), 'p', 'l', -1, 0, 0, 0, '0' $$, 'fewer than nobody is no number of clients'),
    ($$ now(), 'p', 'l', 0, -1, 0, 0, '0' $$, 'nor of those who wait'),
    ($$ now(), 'p', 'l', 0, 0, -1, 0, '0' $$, 'nor of servers'),
    ($$ now(), 'p', 'l', 0, 0, 0, -1, '0' $$, 'nor of those at rest'),
    ($$ now(), 'p', 'l', 0, 0, 0, 0, '-1 second' $$, 'nobody waits less than not at all')
) AS wrong (row, description);

SELECT finish();
ROLLBACK;
