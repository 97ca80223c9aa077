-- market.set_valuation_market(): an operator says what values an asset, one of its own markets or none.

BEGIN;
SELECT plan(13);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/let_in.psql

SELECT is_definer('market', 'set_valuation_market', ARRAY['text', 'text']);
SELECT function_owner_is('market', 'set_valuation_market', ARRAY['text', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('market.set_valuation_market(text,text)'), ARRAY['tradebase_operator'], 'only an operator may'
);
SELECT is(
    pg_temp.let_in($$ SELECT market.set_valuation_market('T1BTC', 'T1BTC-T1USD') $$), ARRAY['tradebase_operator'],
    'no user, no service, no engine'
);
PREPARE value_by(text, text) AS SELECT market.set_valuation_market($1, $2);
PREPARE valued AS
SELECT a.code, m.symbol FROM market.assets AS a LEFT JOIN market.markets AS m ON m.id = a.valuation_market_id
WHERE a.code LIKE 'T1%' ORDER BY 1;

SET LOCAL ROLE tradebase_operator;
SELECT throws_ok($$ EXECUTE value_by('T1NIL', 'T1BTC-T1USD') $$, 'TR011', 'unknown asset', 'an asset is known');
SELECT throws_ok($$ EXECUTE value_by(NULL, 'T1BTC-T1USD') $$, 'TR011', 'unknown asset', 'and named');
SELECT throws_ok($$ EXECUTE value_by('T1BTC', 'T1-NOT-HERE') $$, 'TR001', 'unknown market', 'so is a market');
SELECT throws_ok(
    $$ EXECUTE value_by('T1BTC', 'T1ETH-T1USD') $$, 'TR007', 'the market is none of the asset', 'that trades the asset'
);
SELECT is(
    market.set_valuation_market('T1BTC', 'T1BTC-T1USD'), '{"asset": "T1BTC", "valuation_market": "T1BTC-T1USD"}',
    'as its base'
);
SELECT lives_ok($$ EXECUTE value_by('T1USD', 'T1ETH-T1USD') $$, 'or as its quote');
SELECT results_eq(
    'valued', $$ VALUES ('T1BTC', 'T1BTC-T1USD'), ('T1ETH', NULL), ('T1USD', 'T1ETH-T1USD') $$, 'each has its own'
);
SELECT lives_ok($$ EXECUTE value_by('T1USD', NULL) $$, 'and can be without');
RESET ROLE;
SELECT results_eq(
    $$ SELECT l.database_role::text, l.before, l.after FROM audit.audit_logs AS l
       WHERE l.relation = 'market.assets' AND l.operation = 'UPDATE' ORDER BY l.id DESC LIMIT 1 $$,
    format(
        $$ VALUES ('tradebase_operator', '{"valuation_market_id": %s}'::jsonb, '{"valuation_market_id": null}'::jsonb) $$,
        :acked
    ),
    'who it was is written'
);

SELECT finish();
ROLLBACK;
