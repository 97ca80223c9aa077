-- trading.order_hold(): an order holds the least that its fills can never exceed, to the last decimal of its asset.

BEGIN;
SELECT plan(28);
\ir ../fixtures/core_grants.psql

SELECT volatility_is(
    'trading', 'order_hold', ARRAY['text', 'numeric', 'numeric', 'numeric', 'numeric', 'integer'], 'immutable',
    'the same order holds the same'
);
SELECT is(
    pg_temp.who_may_execute('trading.order_hold(text,numeric,numeric,numeric,numeric,integer)'),
    ARRAY['tradebase_kernel'], 'only the kernel asks'
);

CREATE TEMPORARY TABLE cases (
    side text, price numeric, quantity numeric, maker numeric, taker numeric, scale integer, hold numeric, name text
);
INSERT INTO cases VALUES
('buy', 10, 2, 0, 0, 2, 20, 'a buy without fees holds the notional'),
('buy', 100, 1, 0.001, 0.002, 2, 100.20, 'a buy holds the taker''s fee, and an exact cost is not rounded'),
('buy', 100, 1, 0.003, 0.001, 2, 100.30, 'or the maker''s when that is higher'),
('buy', 100, 1, -0.01, 0.002, 2, 100.20, 'a rebate for makers lowers no hold'),
('buy', 100, 1, -0.01, -0.005, 2, 100, 'nor do rebates for both'),
('buy', 100.01, 1, 0.001, 0.001, 2, 100.12, 'a cost of 100.11001 is rounded up'),
('buy', 100, 1, 0, 0.00000001, 2, 100.01, 'so is one of 100.000001, by one cent'),
('buy', 100.01, 1, 0, 0.09999999, 2, 110.02, 'and one of 110.0109989999, which no rounding to nearest would spare'),
('buy', 10.5, 1, 0, 0, 0, 11, 'an asset without decimals is held in wholes'),
('buy', 11, 1, 0, 0, 0, 11, 'and a whole is left alone'),
('buy', 0.000000001, 0.000000001, 0, 0, 18, 0.000000000000000001, 'the smallest unit is held exactly'),
('buy', 0.000000000000000001, 1, 0, 0.001, 18, 0.000000000000000002, 'its fee takes one more'),
('buy', 0.000000000000000001, 0.000000000000000001, 0, 0, 18, 0.000000000000000001, 'less than the smallest holds it'),
(
    'buy', 1.000000000000000001, 1.000000000000000001, 0, 0, 18, 1.000000000000000003,
    'a product of 36 decimals is rounded up by one unit'
),
(
    'buy', 123456789.123456789, 987654321.987654321, 0, 0, 18, 121932631356500531.347203169112635269,
    'one of 18 decimals is not rounded'
),
(
    'buy', 123456789.123456789, 987654321.987654321, 0, 0, 17, 121932631356500531.34720316911263527,
    'with 17 it is, by one unit of the 17th'
),
(
    'buy', 999999999999999999, 99, 0, 0.1, 18, 108899999999999999891.1, 'large numbers lose nothing'
),
('buy', 10, 0, 0.001, 0.002, 2, 0, 'a buy with nothing left holds nothing'),
('sell', 10, 2, 0.001, 0.002, 2, 2, 'a sell holds the quantity, whatever the price and the fees'),
('sell', 10, 0.000000000000000001, 0, 0.1, 2, 0.000000000000000001, 'with all its decimals'),
('sell', 10, 0, 0, 0, 2, 0, 'a sell with nothing left holds nothing');

SELECT is(trading.order_hold(c.side::text, c.price, c.quantity, c.maker, c.taker, c.scale), c.hold, c.name) FROM cases AS c;

SELECT is_empty(
    $$ SELECT c.name FROM cases AS c, unnest(ARRAY[c.maker, c.taker]) AS rate
       WHERE c.side = 'buy' AND c.scale >= scale(c.price * c.quantity)
       AND trading.order_hold(c.side::text, c.price, c.quantity, c.maker, c.taker, c.scale)
           < c.price * c.quantity + trunc(c.price * c.quantity * rate, c.scale) $$,
    'no buy holds less than its cost and its truncated fee'
);

-- Orders of up to 40 units at four prices: what each fill costs with its truncated fee, and what it releases.
CREATE TEMPORARY TABLE fills AS
SELECT
    p.price, r.maker, r.taker, q.left_before, f.filled, rate,
    f.filled * p.price + trunc(f.filled * p.price * rate, 2) AS cost,
    trading.order_hold('buy', p.price, q.left_before, r.maker, r.taker, 2)
    - trading.order_hold('buy', p.price, q.left_before - f.filled, r.maker, r.taker, 2) AS released
FROM (VALUES (0.01), (0.07), (3.33), (100.01)) AS p (price)
CROSS JOIN (VALUES (-0.01, 0.002), (0.0015, 0.0025), (0.01, 0.00000001), (-0.01, -0.01), (0.1, 0.1)) AS r (maker, taker)
CROSS JOIN generate_series(1, 40) AS q (left_before)
CROSS JOIN LATERAL generate_series(1, q.left_before) AS f (filled)
CROSS JOIN unnest(ARRAY[r.maker, r.taker]) AS rate;
SELECT is((SELECT count(*) FROM fills), 32800::bigint, 'every fill of every such order is looked at');
SELECT is_empty(
    'SELECT * FROM fills WHERE released < cost', 'no fill at the limit costs more than the hold falls by'
);
SELECT is_empty(
    $$ SELECT * FROM fills
       WHERE trading.order_hold('buy', price, left_before, maker, taker, 2) - 0.01
           >= price * left_before * (1 + greatest(maker, taker, 0)) $$,
    'no hold is a cent too high'
);

PREPARE ask AS SELECT trading.order_hold('buy', 10, 1, 0, 0, 2);
SET LOCAL ROLE authenticated;
SELECT throws_ok('ask', '42501', NULL, 'a client is told by its order, not by this');

RESET ROLE;
SELECT finish();
ROLLBACK;
