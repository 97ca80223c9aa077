-- core/numbers: the domains of money take every number that the ledger can hold and refuse the rest, without rounding.

BEGIN;
SELECT plan(91);

-- What each domain takes, to the edge. A refusal would end the file here.
PREPARE kept AS
SELECT d.domain, d.kept
FROM (VALUES
    (1, 'price', 0.000000000000000001::core.price::text),
    (2, 'price', 999999999999999999.999999999999999999::core.price::text),
    (3, 'price', 1.50000000000000000000000::core.price::text),
    (4, 'quantity', 0.000000000000000001::core.quantity::text),
    (5, 'quantity', 999999999999999999.999999999999999999::core.quantity::text),
    (6, 'amount', 0::core.amount::text),
    (7, 'amount', 99999999999999999999.999999999999999999::core.amount::text),
    (8, 'delta', (-99999999999999999999.999999999999999999)::core.delta::text),
    (9, 'delta', 0::core.delta::text),
    (10, 'delta', 99999999999999999999.999999999999999999::core.delta::text),
    (11, 'total', (-999999999999999999999999999999.999999999999999999)::core.total::text),
    (12, 'total', 999999999999999999999999999999.999999999999999999::core.total::text),
    (13, 'fee_rate', (-0.01)::core.fee_rate::text),
    (14, 'fee_rate', 0::core.fee_rate::text),
    (15, 'fee_rate', 0.00000001::core.fee_rate::text),
    (16, 'fee_rate', 0.1::core.fee_rate::text)
) AS d (n, domain, kept)
ORDER BY d.n;
SELECT results_eq(
    'kept',
    $$ VALUES
        ('price', '0.000000000000000001'),
        ('price', '999999999999999999.999999999999999999'),
        ('price', '1.50000000000000000000000'),
        ('quantity', '0.000000000000000001'),
        ('quantity', '999999999999999999.999999999999999999'),
        ('amount', '0'),
        ('amount', '99999999999999999999.999999999999999999'),
        ('delta', '-99999999999999999999.999999999999999999'),
        ('delta', '0'),
        ('delta', '99999999999999999999.999999999999999999'),
        ('total', '-999999999999999999999999999999.999999999999999999'),
        ('total', '999999999999999999999999999999.999999999999999999'),
        ('fee_rate', '-0.01'),
        ('fee_rate', '0'),
        ('fee_rate', '0.00000001'),
        ('fee_rate', '0.1') $$,
    'what a domain takes it keeps to the last digit; zeros behind the last digit are no decimals'
);

-- What they refuse: 23514 the domain's CHECK, 22003 no numeric at all.
SELECT throws_ok(
    format('SELECT %L::core.%I', refused.value, refused.domain), refused.state, NULL,
    format('a %s is not %s', refused.domain, refused.value)
)
FROM (
    SELECT d.domain, v.value, v.state
    FROM (VALUES ('price'), ('quantity'), ('amount'), ('delta'), ('total'), ('fee_rate')) AS d (domain)
    CROSS JOIN (VALUES
        ('NaN', '23514'), ('Infinity', '23514'), ('-Infinity', '23514'), ('0.0000000000000000001', '23514'),
        ('1e30', '23514'), ('1e1000', '23514'), ('-1e30', '23514'), ('1e131072', '22003'), ('-1e131072', '22003'),
        ('', '22P02'), ('1,5', '22P02')
    ) AS v (value, state)
    UNION ALL
    VALUES
        ('price', '0', '23514'), ('price', '-0.01', '23514'), ('price', '1e18', '23514'),
        ('quantity', '0', '23514'), ('quantity', '-0.01', '23514'), ('quantity', '1e18', '23514'),
        ('amount', '-0.000000000000000001', '23514'),
        ('amount', '99999999999999999999.9999999999999999999', '23514'),
        ('delta', '-99999999999999999999.9999999999999999999', '23514'),
        ('amount', '1e20', '23514'), ('delta', '1e20', '23514'), ('delta', '-1e20', '23514'),
        ('fee_rate', '-0.01000001', '23514'), ('fee_rate', '0.10000001', '23514'),
        ('fee_rate', '0.000000001', '23514')
) AS refused;

-- A column of a domain, and what is done to it.
CREATE TEMPORARY TABLE t_wallet (id integer, amount core.amount, fee_rate core.fee_rate);
INSERT INTO t_wallet VALUES (1, 1, NULL), (2, 99999999999999999999, 0.1);

PREPARE overdraw AS UPDATE t_wallet SET amount = amount - 2 WHERE id = 1;
PREPARE overflow AS UPDATE t_wallet SET amount = amount + 1 WHERE id = 2;
PREPARE cut_too_fine AS UPDATE t_wallet SET amount = amount / 3 WHERE id = 1;
PREPARE poison AS UPDATE t_wallet SET amount = amount + 'NaN'::numeric WHERE id = 1;
PREPARE raise_the_fee AS UPDATE t_wallet SET fee_rate = fee_rate * 2 WHERE id = 2;

SELECT throws_ok('overdraw', '23514', NULL, 'an amount never falls below zero');
SELECT throws_ok('overflow', '23514', NULL, 'an amount never reaches 1e20');
SELECT throws_ok('cut_too_fine', '23514', NULL, 'a quotient without end is refused and not rounded');
SELECT throws_ok('poison', '23514', NULL, 'NaN does not come in by arithmetic');
SELECT throws_ok('raise_the_fee', '23514', NULL, 'a fee rate stays a fee rate');
SELECT results_eq(
    'SELECT amount::text, fee_rate::text FROM t_wallet ORDER BY id',
    $$ VALUES ('1', NULL), ('99999999999999999999', '0.1') $$,
    'the refusals changed nothing, and NULL means unknown in every domain'
);
SELECT is(NULL::core.price::text, NULL, 'a price may be unknown');
SELECT is(NULL::core.quantity::text, NULL, 'a quantity may be unknown');
SELECT is(NULL::core.delta::text, NULL, 'a change may be unknown');

SELECT finish();
ROLLBACK;
