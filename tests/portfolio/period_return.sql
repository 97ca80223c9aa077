-- portfolio.period_return(): what a period made, however much came in or went out.

BEGIN;
SELECT plan(11);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('portfolio.period_return(numeric,numeric,numeric)'),
    ARRAY['authenticated', 'tradebase_kernel'], 'for what users and the kernel call'
);
SELECT is(
    (SELECT p.prosqlbody IS NOT NULL AND p.provolatile = 'i' FROM pg_proc AS p
     WHERE p.oid = 'portfolio.period_return(numeric,numeric,numeric)'::regprocedure), TRUE,
    'it is inlined where it is called'
);
PREPARE made(numeric, numeric, numeric) AS SELECT portfolio.period_return($1, $2, $3);
SELECT results_eq('EXECUTE made(110, 100, 0)', ARRAY[0.1::double precision], 'a gain');
SELECT results_eq('EXECUTE made(75, 100, 0)', ARRAY[-0.25::double precision], 'a loss');
SELECT results_eq('EXECUTE made(150, 100, 50)', ARRAY[0::double precision], 'a deposit alone makes nothing');
SELECT results_eq('EXECUTE made(40, 100, -60)', ARRAY[0::double precision], 'nor does a withdrawal');
SELECT results_eq(
    'EXECUTE made(165, 100, 50)', ARRAY[0.1::double precision], 'what came in worked from the period''s beginning'
);
SELECT results_eq('EXECUTE made(0, 100, 0)', ARRAY[-1::double precision], 'all can be lost');
SELECT results_eq(
    'EXECUTE made(0, 100, -100)', ARRAY[NULL::double precision], 'where all went out, there was nothing to work with'
);
SELECT results_eq('EXECUTE made(5, 100, -101)', ARRAY[NULL::double precision], 'nor where more went out');
SELECT results_eq('EXECUTE made(5, 0, 0)', ARRAY[NULL::double precision], 'nor where nothing was');

SELECT finish();
ROLLBACK;
