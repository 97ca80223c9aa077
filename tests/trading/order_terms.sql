-- trading/order_terms: each word of an order is one of its list, to the letter.

BEGIN;
SELECT plan(9);

PREPARE words AS
SELECT t.typname::text COLLATE "default", string_agg(w.word[1], ' ' ORDER BY w.n)
FROM pg_type AS t
JOIN pg_constraint AS c ON c.contypid = t.oid
CROSS JOIN LATERAL regexp_matches(pg_get_constraintdef(c.oid), '''(\w+)''::text', 'g') WITH ORDINALITY AS w (word, n)
WHERE t.typnamespace = 'trading'::regnamespace AND t.typtype = 'd'
GROUP BY t.typname ORDER BY t.typname COLLATE "C";
SELECT results_eq(
    'words',
    $$ VALUES
    (
        'close_reason',
        'filled user_cancel cancel_all admin_cancel replaced self_trade ioc_remainder fok_unfillable no_liquidity '
        'post_only_cross gtd_elapsed day_end max_age market_halted market_closed engine_reject'
    ),
    ('liquidity', 'maker taker'),
    ('order_side', 'buy sell'),
    ('order_status', 'pending open partially_filled filled canceled expired rejected'),
    ('order_type', 'market limit'),
    ('stp_mode', 'cancel_taker cancel_maker cancel_both'),
    ('time_in_force', 'gtc ioc fok gtd day') $$,
    'these are the words'
);

SELECT throws_ok(format('SELECT %L::trading.%I', refused.word, refused.term), '23514', NULL, refused.term)
FROM (VALUES
    ('close_reason', 'boredom'), ('liquidity', 'Maker'), ('order_side', 'hold'), ('order_status', 'asleep'),
    ('order_type', 'stop'), ('stp_mode', 'none'), ('time_in_force', 'gtc ')
) AS refused (term, word);
SELECT is(NULL::trading.close_reason::text, NULL, 'unknown is a matter of the column');

SELECT finish();
ROLLBACK;
