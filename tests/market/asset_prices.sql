-- market.asset_prices(): what everything is worth in one asset: by a market, the other way round, over others, or not.

BEGIN;
SELECT plan(13);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES
('T1EUR', 'Test euro', 'fiat', 10, 2), ('T1YEN', 'Test yen', 'fiat', 10, 0), ('T1ODD', 'Of no market', 'crypto', 8, 8);
INSERT INTO market.markets (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
SELECT m.symbol, b.id, q.id, 0.0001, 0.0001
FROM (VALUES ('T1EUR-T1USD', 'T1EUR', 'T1USD'), ('T1USD-T1YEN', 'T1USD', 'T1YEN')) AS m (symbol, base, quote)
JOIN market.assets AS b ON b.code = m.base
JOIN market.assets AS q ON q.code = m.quote;

SELECT isnt_definer('market', 'asset_prices', ARRAY['integer']);
SELECT is(
    pg_temp.who_may_execute('market.asset_prices(integer)'),
    ARRAY['tradebase_auditor', 'tradebase_kernel', 'tradebase_reporter'], 'for who values, and who checks it'
);
PREPARE prices(text) AS
SELECT a.code, trim_scale(round(p.price, 12))::text, p.unpriced_market
FROM market.assets AS r, market.asset_prices(r.id) AS p JOIN market.assets AS a ON a.id = p.asset_id
WHERE r.code = $1 AND a.code LIKE 'T1%' ORDER BY a.code;

SELECT results_eq(
    $$ EXECUTE prices('T1USD') $$,
    $$ VALUES
        ('T1BTC', NULL, NULL), ('T1ETH', NULL, NULL), ('T1EUR', NULL, NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '1', NULL), ('T1YEN', NULL, NULL) $$,
    'where nothing is valued by anything, only the asset itself has a price'
);
SELECT market.set_valuation_market(v.asset, v.market) ->> 'asset' FROM (VALUES
    ('T1BTC', 'T1BTC-T1USD'), ('T1ETH', 'T1ETH-T1BTC'), ('T1EUR', 'T1EUR-T1USD'), ('T1YEN', 'T1USD-T1YEN')
) AS v (asset, market);
SELECT results_eq(
    $$ EXECUTE prices('T1USD') $$,
    $$ VALUES
        ('T1BTC', NULL, 'T1BTC-T1USD'), ('T1ETH', NULL, 'T1BTC-T1USD'), ('T1EUR', NULL, 'T1EUR-T1USD'),
        ('T1ODD', NULL, NULL), ('T1USD', '1', NULL), ('T1YEN', NULL, 'T1USD-T1YEN') $$,
    'without marks it is said which market has none, the first on the way'
);
SELECT market.set_mark_price(m.symbol, m.price, '2026-01-01') ->> 'is_set' FROM (VALUES
    ('T1BTC-T1USD', 50000), ('T1EUR-T1USD', 1.25), ('T1USD-T1YEN', 160)
) AS m (symbol, price);
SELECT results_eq(
    $$ EXECUTE prices('T1USD') $$,
    $$ VALUES
        ('T1BTC', '50000', NULL), ('T1ETH', NULL, 'T1ETH-T1BTC'), ('T1EUR', '1.25', NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '1', NULL), ('T1YEN', '0.00625', NULL) $$,
    'directly as the base, the other way round as the quote'
);
SELECT market.set_mark_price('T1ETH-T1BTC', 0.04, '2026-01-01') ->> 'is_set' AS is_set \gset
SELECT results_eq(
    $$ EXECUTE prices('T1USD') $$,
    $$ VALUES
        ('T1BTC', '50000', NULL), ('T1ETH', '2000', NULL), ('T1EUR', '1.25', NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '1', NULL), ('T1YEN', '0.00625', NULL) $$,
    'and over another asset'
);
SELECT results_eq(
    $$ EXECUTE prices('T1EUR') $$,
    $$ VALUES
        ('T1BTC', '40000', NULL), ('T1ETH', '1600', NULL), ('T1EUR', '1', NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '0.8', NULL), ('T1YEN', '0.005', NULL) $$,
    'the same from elsewhere, through what both are valued in'
);
SELECT results_eq(
    $$ EXECUTE prices('T1ETH') $$,
    $$ VALUES
        ('T1BTC', '25', NULL), ('T1ETH', '1', NULL), ('T1EUR', '0.000625', NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '0.0005', NULL), ('T1YEN', '0.000003125', NULL) $$,
    'or in a coin'
);
SELECT results_eq(
    $$ EXECUTE prices('T1ODD') $$,
    $$ VALUES
        ('T1BTC', NULL, 'T1BTC-T1USD'), ('T1ETH', NULL, 'T1ETH-T1BTC'), ('T1EUR', NULL, 'T1EUR-T1USD'),
        ('T1ODD', '1', NULL), ('T1USD', NULL, NULL), ('T1YEN', NULL, 'T1USD-T1YEN') $$,
    'where no way leads, its market is named'
);
SELECT is_empty($$ EXECUTE prices('T1NIL') $$, 'an asset that is none prices nothing');

-- Two that are valued by each other, and by two markets: no walk in circles.
SELECT market.set_valuation_market('T1BTC', 'T1ETH-T1BTC') ->> 'asset' AS asset \gset
SELECT market.set_valuation_market('T1ETH', 'T1ETH-T1USD') ->> 'asset' AS asset \gset
SELECT market.set_valuation_market('T1USD', 'T1BTC-T1USD') ->> 'asset' AS asset \gset
SELECT market.set_mark_price('T1ETH-T1USD', 1999, '2026-01-01') ->> 'is_set' AS is_set \gset
SELECT results_eq(
    $$ SELECT count(*) FROM market.asset_prices((SELECT a.id FROM market.assets AS a WHERE a.code = 'T1USD')) $$,
    $$ SELECT count(*) FROM market.assets $$, 'each asset once, though they go round in a circle'
);
SELECT results_eq(
    $$ EXECUTE prices('T1USD') $$,
    $$ VALUES
        ('T1BTC', '50000', NULL), ('T1ETH', '1999', NULL), ('T1EUR', '1.25', NULL), ('T1ODD', NULL, NULL),
        ('T1USD', '1', NULL), ('T1YEN', '0.00625', NULL) $$,
    'by the shortest way'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok('SELECT * FROM market.asset_prices(1)', '42501', NULL, 'a user does not ask');

RESET ROLE;
SELECT finish();
ROLLBACK;
