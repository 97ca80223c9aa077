-- trading.refuse_order(): every refusal has its words, and says of the facts what belongs to it.

BEGIN;
SELECT plan(18);
\ir ../fixtures/detail_of.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('trading.refuse_order(text,bigint,jsonb)'), ARRAY['tradebase_kernel'], 'only the kernel may'
);
PREPARE refuse(text, bigint, jsonb) AS SELECT trading.refuse_order($1, $2, $3 || '{
    "market": "X-Y", "status": "halted", "user_status": "suspended", "engine": "embedded", "tick_size": "1",
    "max_open_orders": 5, "client_order_id": "mine", "secret": "of somebody else"
}');
CREATE FUNCTION pg_temp.said(code text, facts jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('EXECUTE refuse(%L, NULL, %L)', code, facts);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN concat(sqlstate, ' ', sqlerrm);
END
$$;
SELECT is(pg_temp.said(w.code, w.facts), concat(w.code, ' ', w.words), w.words)
FROM (VALUES
    ('TR001', '{}'::jsonb, 'unknown market'), ('TR002', '{}', 'the market does not accept the order'),
    ('TR003', '{}', 'the price is no multiple of the tick'),
    ('TR004', '{}', 'the quantity is no multiple of the lot, or out of bounds'),
    ('TR005', '{}', 'the notional is out of bounds'), ('TR006', '{}', 'there is no price to trade at'),
    ('TR006', '{"price": "5"}', 'the price is outside the band'), ('TR007', '{}', 'these do not go together'),
    ('TR008', '{}', 'the user may not place this order'), ('TR009', '{}', 'too many open orders'),
    ('TR010', '{"argument": "side"}', 'invalid side'), ('TR012', '{}', 'unknown user'),
    ('TR204', '{}', 'client_order_id was used for another order'),
    ('TR307', '{}', 'the market is matched by no external engine'), ('TR904', '{}', 'trading is disabled')
) AS w (code, facts, words);
SELECT is(
    pg_temp.detail_of($$ EXECUTE refuse('TR008', 7, '{}') $$), '{"index": 7, "status": "suspended"}',
    'in a batch it names the element'
);
SELECT is(
    pg_temp.detail_of($$ EXECUTE refuse('TR002', NULL, '{}') $$), '{"market": "X-Y", "status": "halted"}',
    'and never more than belongs to the refusal'
);

SELECT finish();
ROLLBACK;
