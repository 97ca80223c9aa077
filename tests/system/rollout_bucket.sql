-- system.rollout_bucket(): one of a hundred, spread evenly, the same for ever, another for each flag.

BEGIN;
SELECT plan(6);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('system.rollout_bucket(text,uuid)'), ARRAY['tradebase_kernel', 'tradebase_operator'],
    'for the kernel, and for an operator who wants to know'
);
-- 0xa7cb03a7 modulo 100, computed elsewhere: another value would turn flags on and off for people by an upgrade.
SELECT is(
    system.rollout_bucket('new_ticket', 'aaaaaaaa-0000-4000-8000-00000000000a'), 15, 'it is this and stays so'
);
SELECT ok(
    (SELECT min(b.n) = 0 AND max(b.n) = 99 AND count(*) = 100 FROM (
        SELECT system.rollout_bucket('t_new', md5(i::text)::uuid) AS n FROM generate_series(1, 5000) AS i GROUP BY 1
    ) AS b), 'each of 0 to 99 occurs, and nothing else'
);
SELECT ok(
    (SELECT count(*) FILTER (WHERE system.rollout_bucket('t_new', md5(i::text)::uuid) < 20) BETWEEN 900 AND 1100
     FROM generate_series(1, 5000) AS i), 'twenty of a hundred are about a fifth'
);
SELECT ok(
    (SELECT count(*) FILTER (
        WHERE system.rollout_bucket('t_new', md5(i::text)::uuid) = system.rollout_bucket('t_old', md5(i::text)::uuid)
    ) < 100 FROM generate_series(1, 5000) AS i), 'not the same fifth for every flag'
);
SELECT is(system.rollout_bucket('t_new', NULL), NULL, 'nobody has no place');

SELECT finish();
ROLLBACK;
