-- monitoring.record_pools(): a worker says what PgBouncer said; a day of it is kept.

BEGIN;
SELECT plan(15);
\ir ../fixtures/core_grants.psql

SELECT is_definer('monitoring', 'record_pools', ARRAY['jsonb']);
SELECT function_owner_is('monitoring', 'record_pools', ARRAY['jsonb'], 'tradebase_kernel');
SELECT is(pg_temp.who_may_execute('monitoring.record_pools(jsonb)'), ARRAY['tradebase_worker'], 'for who asks PgBouncer');
\set pool '{"pool": "t_pool", "login": "t_one", "clients_active": 3, "clients_waiting": 2, "servers_active": 1, "servers_idle": 0, "max_wait_seconds": 1.5}'
PREPARE say(jsonb) AS SELECT monitoring.record_pools($1);

SET LOCAL ROLE tradebase_kernel;
INSERT INTO monitoring.pool_samples VALUES
(now() - INTERVAL '25 hours', 't_pool', 't_one', 1, 1, 1, 1, '1 second'),
(now() - INTERVAL '23 hours', 't_pool', 't_one', 1, 1, 1, 1, '9 seconds');
SET LOCAL ROLE tradebase_worker;
SELECT results_eq(
    format('EXECUTE say(%L)', jsonb_build_array(:'pool'::jsonb, :'pool'::jsonb || '{"login": "t_two", "max_wait_seconds": 0}')), ARRAY[2],
    'of two pools'
);
SET LOCAL ROLE tradebase_monitor;
SELECT results_eq(
    $$ SELECT login, clients_active, clients_waiting, servers_active, servers_idle, max_wait_seconds, age_seconds < 60
       FROM monitoring.pools ORDER BY login $$,
    $$ VALUES ('t_one', 3, 2, 1, 0, 1.5, TRUE), ('t_two', 3, 2, 1, 0, 0, TRUE) $$, 'they are what was said last'
);
SELECT results_eq(
    $$ SELECT count(*) FROM monitoring.pool_samples WHERE pool = 't_pool' $$, ARRAY[3::bigint], 'what is older than a day is gone'
);
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok(format('EXECUTE say(%L)', w.said), 'TR010', NULL, w.description)
FROM (VALUES
    (NULL::jsonb, 'nothing said is nothing'),
    ('{}', 'it is a list'),
    ('[{"pool": "t_pool"}]', 'of all that SHOW POOLS says'),
    (jsonb_build_array(:'pool'::jsonb || '{"clients_waiting": -1}'), 'nobody is fewer than nobody'),
    (jsonb_build_array(:'pool'::jsonb || '{"clients_waiting": "many"}'), 'many is no number'),
    (jsonb_build_array(:'pool'::jsonb || '{"max_wait_seconds": -1}'), 'nobody waits less than not at all'),
    (jsonb_build_array(:'pool'::jsonb, :'pool'::jsonb), 'a pool is once in it'),
    ((SELECT jsonb_agg(1) FROM generate_series(1, 1001)), 'of at most a thousand')
) AS w (said, description);
SET LOCAL ROLE tradebase_monitor;
SELECT throws_ok($$ EXECUTE say('[]') $$, '42501', NULL, 'who watches says nothing');

RESET ROLE;
SELECT finish();
ROLLBACK;
