-- core.give_reason(): why, for the rest of the transaction, and never nothing.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('core.give_reason(text)'), ARRAY['tradebase_kernel'], 'it is for the definer functions'
);
SELECT throws_ok('SELECT core.give_reason(NULL)', 'TR010', 'invalid reason', 'a reason is given');
SELECT throws_ok($$ SELECT core.give_reason(' ') $$, 'TR010', 'invalid reason', 'and says something');
SELECT throws_ok($$ SELECT core.give_reason(repeat('r', 501)) $$, 'TR010', 'invalid reason', 'not too much');
SELECT lives_ok($$ SELECT core.give_reason(repeat('r', 500)) $$, '500 characters are not');
SELECT lives_ok($$ SELECT core.give_reason('They asked.') $$, 'the last one counts');
SELECT is(current_setting('tradebase.reason'), 'They asked.', 'where whoever keeps records reads it');

SELECT finish();
ROLLBACK;
