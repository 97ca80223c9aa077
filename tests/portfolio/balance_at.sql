-- portfolio.balance_at(): what somebody had at a time, from the leaves of that time or the checkpoints of those that went.

BEGIN;
SELECT plan(33);
\ir ../fixtures/money_moves.psql

SELECT isnt_definer('portfolio', 'balance_at', ARRAY['uuid', 'text', 'timestamp with time zone'], 'with the caller''s rights');
SELECT is(
    pg_temp.who_may_execute('portfolio.balance_at(uuid,text,timestamptz)'),
    ARRAY['authenticated', 'tradebase_auditor', 'tradebase_reporter'], 'for users, auditors and analysts'
);

-- Carol's history of 2019: an entry on the 5th of each month, of which the third is a hold; Dave has nothing.
\set carol cccccccc-0000-4000-8000-00000000000c
\set dave dddddddd-0000-4000-8000-00000000000d
INSERT INTO auth.users (id) VALUES (:'carol'), (:'dave');
SELECT ops.ensure_partitions('portfolio.ledger_entries', '2019-01-01', '2019-06-01');
CREATE FUNCTION pg_temp.entry(
    on_date date, version bigint, d_available numeric, d_held numeric, available_after numeric, held_after numeric
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO portfolio.ledger_entries (
        created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held, available_after, held_after,
        version
    )
    SELECT
        entry.on_date + TIME '12:00', j.id, 'opening', j.id, l.user_id, a.id, l.d_available, l.d_held,
        l.available_after, l.held_after, l.version
    FROM market.assets AS a, (SELECT gen_random_uuid() AS id) AS j, (VALUES
        ('cccccccc-0000-4000-8000-00000000000c'::uuid, entry.d_available, entry.d_held, entry.available_after,
         entry.held_after, entry.version),
        (identity.system_user_id('external'), -entry.d_available - entry.d_held, 0, NULL, NULL, NULL)
    ) AS l (user_id, d_available, d_held, available_after, held_after, version)
    WHERE a.code = 'T1USD' AND (l.d_available <> 0 OR l.d_held <> 0)
$$;
SELECT pg_temp.entry('2019-01-05', 1, 100, 0, 100, 0);
SELECT pg_temp.entry('2019-02-05', 2, 50.5, 0, 150.5, 0);
SELECT pg_temp.entry('2019-03-05', 3, -40, 40, 110.5, 40);
SELECT pg_temp.entry('2019-05-05', 4, 0, -40, 110.5, 0);

PREPARE carols(timestamptz) AS
SELECT b ->> 'available', b ->> 'held', (b ->> 'version')::integer
FROM portfolio.balance_at(:'carol', 'T1USD', $1) AS b;
PREPARE platforms(timestamptz) AS
SELECT b ->> 'available', b ->> 'version'
FROM portfolio.balance_at('00000000-0000-7000-8000-000000000002', 'T1USD', $1) AS b;
PREPARE of(uuid, text, timestamptz) AS SELECT portfolio.balance_at($1, $2, $3);

-- Who may
SELECT is(
    pg_temp.let_in(format('EXECUTE of(%L, %L, now())', :'alice', 'T1USD')),
    ARRAY['authenticated', 'tradebase_auditor', 'tradebase_reporter'], 'and nobody else is let in'
);

-- As Carol
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SELECT results_eq($$ EXECUTE carols('2019-01-05 11:59:59Z') $$, $$ VALUES ('0', '0', 0) $$, 'before the first, nothing');
SELECT results_eq($$ EXECUTE carols('2019-01-05 12:00:00Z') $$, $$ VALUES ('100', '0', 1) $$, 'with it, what it left');
SELECT results_eq($$ EXECUTE carols('2019-02-28 00:00:00Z') $$, $$ VALUES ('150.5', '0', 2) $$, 'until the next');
SELECT results_eq($$ EXECUTE carols('2019-04-15 00:00:00Z') $$, $$ VALUES ('110.5', '40', 3) $$, 'a month without any, too');
SELECT results_eq($$ EXECUTE carols('infinity') $$, $$ VALUES ('110.5', '0', 4) $$, 'and for ever after the last');
SELECT results_eq($$ EXECUTE carols('-infinity') $$, $$ VALUES ('0', '0', 0) $$, 'in the beginning there was nothing');
SELECT throws_ok(
    format('EXECUTE of(%L, %L, now())', :'alice', 'T1USD'), 'TR012', 'unknown user', 'Alice''s is not Carol''s to know'
);
SELECT throws_ok($$ EXECUTE of(NULL, 'T1USD', now()) $$, 'TR010', 'invalid user_id', 'a user is needed');
SELECT throws_ok(format('EXECUTE of(%L, %L, NULL)', :'carol', 'T1USD'), 'TR010', 'invalid at', 'and a time');
SELECT throws_ok(format('EXECUTE of(%L, %L, now())', :'carol', 'T1NIL'), 'TR011', 'unknown asset', 'of a known asset');
SELECT is(
    portfolio.balance_at(:'carol', 'T1BTC', '2019-04-15'),
    jsonb_build_object(
        'asset', 'T1BTC', 'at', '2019-04-15'::timestamptz, 'available', '0', 'held', '0', 'version', 0
    ), 'of one she never had, nothing'
);
SELECT set_config('request.jwt.claims', '{"sub": "dddddddd-0000-4000-8000-00000000000d"}', TRUE);
SELECT throws_ok($$ EXECUTE carols('2019-04-15') $$, 'TR012', 'unknown user', 'Dave does not see hers');
SELECT is(
    portfolio.balance_at(:'dave', 'T1USD', '2019-04-15') ->> 'available', '0', 'and had nothing'
);
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT throws_ok($$ EXECUTE carols('2019-04-15') $$, 'TR012', 'unknown user', 'nobody sees nobody''s');
RESET ROLE;

-- Which leaves: those of the time, by the index of the balance, nothing scanned.
CREATE FUNCTION pg_temp.scans() RETURNS TABLE (leaf text, index text, scans bigint) LANGUAGE sql AS $$
    SELECT c.relname::text, substring(i.relname FROM 'user_id_asset_id_version'), pg_stat_get_xact_numscans(i.oid)
    FROM pg_inherits AS h
    JOIN pg_class AS c ON c.oid = h.inhrelid
    JOIN pg_index AS x ON x.indrelid = c.oid
    JOIN pg_class AS i ON i.oid = x.indexrelid
    WHERE h.inhparent = 'portfolio.ledger_entries'::regclass
    UNION ALL
    SELECT c.relname::text, 'seq scan', pg_stat_get_xact_numscans(c.oid)
    FROM pg_inherits AS h JOIN pg_class AS c ON c.oid = h.inhrelid
    WHERE h.inhparent = 'portfolio.ledger_entries'::regclass
$$;
CREATE TEMPORARY TABLE before_it AS SELECT * FROM pg_temp.scans();
SELECT set_config('request.jwt.claims', '{"sub": "cccccccc-0000-4000-8000-00000000000c"}', TRUE);
SET LOCAL ROLE authenticated;
EXECUTE carols('2019-03-20');
RESET ROLE;
SELECT results_eq(
    $$ SELECT a.leaf, a.index FROM pg_temp.scans() AS a JOIN before_it AS b USING (leaf, index)
       WHERE a.scans > b.scans AND a.leaf ~ '2019' ORDER BY a.leaf COLLATE "C" $$,
    $$ VALUES
        ('ledger_entries_2019_01', 'user_id_asset_id_version'), ('ledger_entries_2019_02', 'user_id_asset_id_version'),
        ('ledger_entries_2019_03', 'user_id_asset_id_version') $$,
    'the months until then, by the index of the balance'
);
SELECT is_empty(
    $$ SELECT a.leaf, a.index FROM pg_temp.scans() AS a JOIN before_it AS b USING (leaf, index)
       WHERE a.scans > b.scans AND a.leaf > 'ledger_entries_2019_03' $$, 'no month after'
);

-- Checkpoints: at the end of January and of March, and the leaves before them gone.
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held) VALUES
(:'carol', :t1usd, '2019-02-01 00:00:00Z', 1, 100, 0), (:'carol', :t1usd, '2019-04-01 00:00:00Z', 3, 110.5, 40);
DROP TABLE before_it;
CREATE TEMPORARY TABLE before_it AS SELECT * FROM pg_temp.scans();
SET LOCAL ROLE authenticated;
SELECT results_eq($$ EXECUTE carols('2019-03-20') $$, $$ VALUES ('110.5', '40', 3) $$, 'with checkpoints, the same');
RESET ROLE;
SELECT results_eq(
    $$ SELECT DISTINCT a.leaf FROM pg_temp.scans() AS a JOIN before_it AS b USING (leaf, index)
       WHERE a.scans > b.scans AND a.leaf ~ '2019' ORDER BY 1 $$,
    ARRAY['ledger_entries_2019_02', 'ledger_entries_2019_03'], 'and no leaf before the last of them'
);
ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2019_01;
ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2019_02;
SET LOCAL ROLE authenticated;
SELECT results_eq($$ EXECUTE carols('2019-02-01') $$, $$ VALUES ('100', '0', 1) $$, 'at a checkpoint it is known');
SELECT results_eq($$ EXECUTE carols('2019-03-20') $$, $$ VALUES ('110.5', '40', 3) $$, 'and where the entry stands');
SELECT results_eq($$ EXECUTE carols('2019-04-15') $$, $$ VALUES ('110.5', '40', 3) $$, 'after the last one, too');
SELECT results_eq($$ EXECUTE carols('2019-06-15') $$, $$ VALUES ('110.5', '0', 4) $$, 'and on from there');
SELECT throws_ok($$ EXECUTE carols('2019-02-20') $$, 'TR010', 'the ledger no longer says', 'between them it is not');
SELECT throws_ok($$ EXECUTE carols('2019-01-20') $$, 'TR010', 'the ledger no longer says', 'nor before the first');
RESET ROLE;

-- An account of the platform, by who audits
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
SELECT '00000000-0000-7000-8000-000000000002', :t1usd, '2019-04-01 00:00:00Z', NULL, -150.5, 0;
SET LOCAL ROLE tradebase_auditor;
SELECT results_eq($$ EXECUTE carols('2019-04-15') $$, $$ VALUES ('110.5', '40', 3) $$, 'an auditor sees Carol''s');
SELECT results_eq(
    $$ EXECUTE platforms('2019-04-15') $$, $$ VALUES ('-150.5', '0') $$, 'and what the world outside gave, by checkpoint'
);
SELECT results_eq(
    $$ EXECUTE platforms('2019-05-15') $$, $$ VALUES ('-110.5', '0') $$, 'and the entries after it'
);
SELECT throws_ok($$ EXECUTE platforms('2019-03-15') $$, 'TR010', 'the ledger no longer says', 'not those before');
SET LOCAL ROLE tradebase_reporter;
SELECT results_eq($$ EXECUTE carols('2019-04-15') $$, $$ VALUES ('110.5', '40', 3) $$, 'so does an analyst');
RESET ROLE;

-- A clock that went back, as on a replica that took over: by version, which is the order of a balance
SELECT pg_temp.entry('2019-05-07', 5, 10, 0, 120.5, 0);
SELECT pg_temp.entry('2019-05-06', 6, 10, 0, 130.5, 0);
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
VALUES (:'carol', :t1usd, '2019-05-07 00:00:00Z', 6, 130.5, 0);
SET LOCAL ROLE authenticated;
SELECT results_eq(
    $$ EXECUTE carols('2019-05-08') $$, $$ VALUES ('130.5', '0', 6) $$, 'an entry that the checkpoint knows is not its end'
);
RESET ROLE;

SELECT finish();
ROLLBACK;
