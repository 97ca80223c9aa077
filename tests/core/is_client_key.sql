-- core.is_client_key(): 1 to 64 characters of a small alphabet are a key, anything else is none, NULL included.

BEGIN;
SELECT plan(26);
\ir ../fixtures/core_grants.psql

SELECT volatility_is('core', 'is_client_key', ARRAY['text'], 'immutable', 'a CHECK may rely on it');
SELECT is(pg_temp.who_may_execute('core.is_client_key(text)'), ARRAY['tradebase_kernel'], 'only the kernel asks');

SELECT is(core.is_client_key(k.key), TRUE, format('%s is a key', k.name))
FROM (VALUES
    ('one character', 'k'), ('64 characters', repeat('k', 64)),
    ('a UUID', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f'),
    ('the rest of the alphabet', 'AZaz09_:+=/.-'), ('a lone hyphen', '-')
) AS k (name, key);

SELECT is(core.is_client_key(k.key), FALSE, format('%s is no key', k.name))
FROM (VALUES
    ('nothing at all', NULL), ('the empty text', ''), ('65 characters', repeat('k', 65)), ('a blank', ' '),
    ('a blank inside', 'a b'), ('a blank at the end', 'ab '), ('a newline at the end', E'ab\n'),
    ('a newline before', E'\nab'), ('two lines', E'a\nb'), ('a tab', E'a\tb'), ('a quote', 'a''b'), ('a comma', 'a,b'),
    ('a percent sign', 'a%b'), ('a backslash', 'a\b'), ('a letter with an accent', 'é'), ('a Cyrillic look-alike', 'а'),
    ('a full-width digit', '１'), ('a zero-width space', U&'a\200Bb')
) AS k (name, key);

PREPARE ask AS SELECT core.is_client_key('k');
SET LOCAL ROLE anon;
SELECT throws_ok('ask', '42501', NULL, 'a client is told by the command it sends, not by this');

RESET ROLE;
SELECT finish();
ROLLBACK;
