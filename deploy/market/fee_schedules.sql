-- Deploy tradebase:market/fee_schedules to pg
-- requires: core/numbers
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.fee_schedules (
    id             integer       GENERATED ALWAYS AS IDENTITY,
    fee_tier       text          NOT NULL,
    market_id      integer,
    maker_fee_rate core.fee_rate NOT NULL,
    taker_fee_rate core.fee_rate NOT NULL,

    CONSTRAINT fee_schedules_pkey PRIMARY KEY (id),
    CONSTRAINT fee_schedules_fee_tier_market_id_key UNIQUE NULLS NOT DISTINCT (fee_tier, market_id),
    CONSTRAINT fee_schedules_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT fee_schedules_fee_tier_check CHECK (fee_tier ~ '^[a-z0-9_]{1,32}$')
);

COMMENT ON TABLE market.fee_schedules IS
'What users of a tier pay, in one market or in all. An order takes the first that there is: tier and market, tier '
'alone, the market''s own rates.';
COMMENT ON COLUMN market.fee_schedules.market_id IS 'NULL for every market without a row of its own.';
COMMENT ON COLUMN market.fee_schedules.maker_fee_rate IS 'Fraction of the notional; negative is a rebate.';

CREATE INDEX fee_schedules_market_id_idx ON market.fee_schedules (market_id) WHERE market_id IS NOT NULL;

-- No policy yet: until market/fee_schedules_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.fee_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.fee_schedules FORCE ROW LEVEL SECURITY;

COMMIT;
