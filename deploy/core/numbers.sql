-- Deploy tradebase:core/numbers to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- numeric(p, s) would round silently, and plain numeric takes NaN and Infinity: NaN sorts above every number, so the
-- upper bounds refuse it together with Infinity and what is too large.

CREATE DOMAIN core.price AS numeric
CONSTRAINT price_check CHECK (value > 0 AND value < 1e18 AND min_scale(value) <= 18);
COMMENT ON DOMAIN core.price IS 'Quote asset per unit of the base asset: positive, below 1e18, at most 18 decimals.';

CREATE DOMAIN core.quantity AS numeric
CONSTRAINT quantity_check CHECK (value > 0 AND value < 1e18 AND min_scale(value) <= 18);
COMMENT ON DOMAIN core.quantity IS 'Units of the base asset: positive, below 1e18, at most 18 decimals.';

CREATE DOMAIN core.amount AS numeric
CONSTRAINT amount_check CHECK (value >= 0 AND value < 1e20 AND min_scale(value) <= 18);
COMMENT ON DOMAIN core.amount IS 'Units of one asset, never negative: below 1e20, at most 18 decimals.';

CREATE DOMAIN core.delta AS numeric
CONSTRAINT delta_check CHECK (value > -1e20 AND value < 1e20 AND min_scale(value) <= 18);
COMMENT ON DOMAIN core.delta IS 'A signed change of an amount: within 1e20 either way, at most 18 decimals.';

CREATE DOMAIN core.total AS numeric
CONSTRAINT total_check CHECK (value > -1e30 AND value < 1e30 AND min_scale(value) <= 18);
COMMENT ON DOMAIN core.total IS
'Signed changes added up, of as many balances as there are: within 1e30 either way, at most 18 decimals.';

CREATE DOMAIN core.fee_rate AS numeric
CONSTRAINT fee_rate_check CHECK (value >= -0.01 AND value <= 0.1 AND min_scale(value) <= 8);
COMMENT ON DOMAIN core.fee_rate IS
'Fee as a fraction of the notional: 0.001 is 0.1 %; below zero a rebate. At most 8 decimals.';

COMMIT;
