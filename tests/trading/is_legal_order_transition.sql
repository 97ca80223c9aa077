-- trading.is_legal_order_transition(): the whole matrix of what an order may become, a new one (NULL) included.

BEGIN;
SELECT plan(87);
\ir ../fixtures/core_grants.psql

SELECT volatility_is(
    'trading', 'is_legal_order_transition', ARRAY['text', 'text'], 'immutable', 'a trigger''s WHEN may rely on it'
);
SELECT is(
    pg_temp.who_may_execute('trading.is_legal_order_transition(text,text)'), ARRAY['tradebase_kernel'],
    'only the kernel asks'
);

-- domain.md 1.3, line by line
SELECT is(
    trading.is_legal_order_transition(l.from_status, s.to_status),
    s.to_status = ANY (string_to_array(l.to_statuses, ' ')),
    format(
        '%s %s %s', coalesce(l.from_status, 'a new order'),
        CASE WHEN s.to_status = ANY (string_to_array(l.to_statuses, ' ')) THEN 'becomes' ELSE 'never becomes' END,
        s.to_status
    )
)
FROM (VALUES
    (NULL, 'pending untriggered open partially_filled filled expired rejected'),
    ('pending', 'open untriggered partially_filled filled canceled expired rejected'),
    ('untriggered', 'open partially_filled filled canceled expired rejected'),
    ('open', 'partially_filled filled canceled expired open'),
    ('partially_filled', 'partially_filled filled canceled expired'),
    ('filled', ''), ('canceled', ''), ('expired', ''), ('rejected', '')
) AS l (from_status, to_statuses)
CROSS JOIN (VALUES
    ('pending'), ('untriggered'), ('open'), ('partially_filled'), ('filled'), ('canceled'), ('expired'), ('rejected')
) AS s (to_status);

SELECT isnt(
    trading.is_legal_order_transition(f.from_status, NULL), TRUE,
    format('%s never becomes nothing', coalesce(f.from_status, 'a new order'))
)
FROM (VALUES
    (NULL), ('pending'), ('untriggered'), ('open'), ('partially_filled'), ('filled'), ('canceled'), ('expired'),
    ('rejected')
) AS f (from_status);

SELECT is(trading.is_legal_order_transition('open', 'asleep'), FALSE, 'nothing becomes what nobody knows');
SELECT is(trading.is_legal_order_transition('asleep', 'open'), FALSE, 'nor comes from it');
SELECT is(trading.is_legal_order_transition('OPEN', 'filled'), FALSE, 'a status is lower case');

PREPARE ask AS SELECT trading.is_legal_order_transition('open', 'filled');
SET LOCAL ROLE authenticated;
SELECT throws_ok('ask', '42501', NULL, 'a client is told by the command it sends, not by this');

RESET ROLE;
SELECT finish();
ROLLBACK;
