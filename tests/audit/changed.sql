-- audit.changed(): a member of an object when the column changed, and nothing when it did not.

BEGIN;
SELECT plan(5);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('audit.changed(text,boolean,text)'), ARRAY['tradebase_kernel'], 'for the kernel''s bodies');
SELECT is(audit.changed('a', TRUE, to_json('x"y'::text)::text), '"a":"x\"y"', 'a value is what JSON makes of it');
SELECT is(audit.changed('a', TRUE, NULL), '"a":null', 'no value is null');
SELECT is(audit.changed('a', FALSE, '1'), NULL, 'what did not change is left out');
CREATE FUNCTION pg_temp.plan_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (VERBOSE, FORMAT JSON) ' || statement INTO plan;
    RETURN plan;
END
$$;
SELECT unalike(
    pg_temp.plan_of('SELECT audit.changed(u.kind, u.status <> u.kind, u.id::text) FROM identity.users AS u'),
    '%audit.changed%', 'it is inlined: a column that did not change costs one comparison'
);

SELECT finish();
ROLLBACK;
