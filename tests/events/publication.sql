-- Publication supabase_realtime: three tables without leaves, of whose rows a DELETE carries the key alone. (What it
-- shows when it is decoded: tests/attacks/test_published.py.)

BEGIN;
SELECT plan(11);

SELECT set_eq(
    $$ SELECT p.schemaname || '.' || p.tablename FROM pg_publication_tables AS p WHERE p.pubname = 'supabase_realtime' $$,
    ARRAY['market.market_state', 'portfolio.balances', 'trading.positions'],
    'balances, positions and prices, and nothing else'
);
SELECT results_eq(
    $$ SELECT p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate
       FROM pg_publication AS p WHERE p.pubname = 'supabase_realtime' $$,
    $$ VALUES (FALSE, TRUE, TRUE, TRUE, TRUE) $$, 'whatever happens to them, and to no table that comes later'
);
SELECT is(
    (SELECT pg_get_userbyid(p.pubowner) FROM pg_publication AS p WHERE p.pubname = 'supabase_realtime'), current_user::name,
    'it is the owner''s, here and on Supabase'
);
SELECT is_empty(
    $$ SELECT n.nspname FROM pg_publication_namespace AS s JOIN pg_publication AS p ON p.oid = s.pnpubid
       JOIN pg_namespace AS n ON n.oid = s.pnnspid WHERE p.pubname = 'supabase_realtime' $$, 'no schema is published whole'
);
SELECT is_empty(
    $$ SELECT r.prrelid::regclass FROM pg_publication_rel AS r JOIN pg_publication AS p ON p.oid = r.prpubid
       WHERE p.pubname = 'supabase_realtime' AND num_nonnulls(r.prqual, r.prattrs::text) > 0 $$,
    'which rows and columns somebody is shown their policies and grants decide'
);
SELECT results_eq(
    $$ SELECT c.oid::regclass::text COLLATE "default", c.relkind, c.relreplident, i.indkey::text
       FROM pg_publication AS p
       JOIN pg_publication_rel AS r ON r.prpubid = p.oid
       JOIN pg_class AS c ON c.oid = r.prrelid
       JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
       WHERE p.pubname = 'supabase_realtime' ORDER BY 1 $$,
    $$ VALUES
        ('market.market_state', 'r'::"char", 'd'::"char", '1'), ('portfolio.balances', 'r', 'd', '1 2'),
        ('trading.positions', 'r', 'd', '1 2') $$,
    'plain tables, of whose old rows the primary key is told and no more'
);
SELECT is(
    ARRAY(
        SELECT a.attname::text FROM pg_attribute AS a JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = t.name::regclass AND a.attnum = ANY (i.indkey) ORDER BY a.attnum
    ), t.key, format('of %s that is %s', t.name, array_to_string(t.key, ', '))
)
FROM (VALUES
    ('market.market_state', ARRAY['market_id']), ('portfolio.balances', ARRAY['user_id', 'asset_id']),
    ('trading.positions', ARRAY['user_id', 'market_id'])
) AS t (name, key);

-- Realtime shows a subscriber the rows that the policies let them see and the columns that they may select.
SELECT set_eq(
    $$ SELECT c.oid::regclass || '.' || a.attname FROM pg_publication_rel AS r
       JOIN pg_publication AS p ON p.oid = r.prpubid JOIN pg_class AS c ON c.oid = r.prrelid
       JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
       WHERE p.pubname = 'supabase_realtime' AND NOT has_column_privilege('authenticated', c.oid, a.attnum, 'SELECT') $$,
    ARRAY['market.market_state.last_engine_seq'], 'how far an engine is settled is told to nobody who signed in'
);
SELECT is_empty(
    $$ SELECT c.oid::regclass FROM pg_publication_rel AS r
       JOIN pg_publication AS p ON p.oid = r.prpubid JOIN pg_class AS c ON c.oid = r.prrelid
       WHERE p.pubname = 'supabase_realtime' AND NOT (c.relrowsecurity AND c.relforcerowsecurity) $$,
    'and row level security is on for each of them'
);

SELECT finish();
ROLLBACK;
