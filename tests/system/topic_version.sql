-- system.topic_version(): text that sorts as the states of a public topic came one after the other.

BEGIN;
SELECT plan(23);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/events.psql

SELECT is_definer('system', 'topic_version', ARRAY['text']);
SELECT function_owner_is('system', 'topic_version', ARRAY['text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('system.topic_version(text)'), ARRAY['anon', 'authenticated'],
    'for everybody who is shown what is public'
);
SELECT is(
    (SELECT array_agg(c ORDER BY c) FROM pg_proc AS p, unnest(p.proconfig) AS c WHERE p.oid = 'system.topic_version'::regproc),
    ARRAY['enable_seqscan=off', 'plan_cache_mode=force_generic_plan', 'search_path=pg_catalog, pg_temp'],
    'it reads by an index'
);

\set never 00000.0000000000000000000
PREPARE version(text) AS SELECT system.topic_version($1);

SET LOCAL ROLE anon;
SELECT is(system.topic_version('market:T1BTC-T1USD'), :'never', 'where nothing has happened it is the least');
SELECT is(system.topic_version(NULL), :'never', 'so it is of no topic');
RESET ROLE;
SELECT pg_temp.tell('100', 'market:T1BTC-T1USD') AS first \gset
SELECT pg_temp.tell('99', 'market:T1BTC-T1USD', created_at => '2031-03-05 09:00:00+00') AS second \gset
SELECT pg_temp.tell('100', 'market:T1ETH-T1USD') AS other \gset
SELECT pg_temp.tell('100', 'config') AS config \gset
SELECT pg_temp.tell('100', 'flags') AS flags \gset
SELECT count(pg_temp.tell('100', t.topic)) AS told
FROM (VALUES ('user:' || :'alice'), ('engine:T1BTC-T1USD'), ('market'), ('configs'), ('')) AS t (topic) \gset

SET LOCAL ROLE anon;
SELECT is(
    system.topic_version('market:T1BTC-T1USD'), '00001.' || lpad(:'second', 19, '0'),
    'it is incarnation and id of the newest event, whatever its time and its transaction''s number'
);
SELECT is(system.topic_version('market:T1ETH-T1USD'), '00001.' || lpad(:'other', 19, '0'), 'each market has its own');
SELECT is(system.topic_version('config'), '00001.' || lpad(:'config', 19, '0'), 'the settings have one');
SELECT is(system.topic_version('flags'), '00001.' || lpad(:'flags', 19, '0'), 'and the flags');
SELECT is(system.topic_version('market:T1-NOT-HERE'), :'never', 'a market that is not there has the least');
SELECT is(system.topic_version(t.topic), :'never', format('of %L nobody is told', t.topic))
FROM (VALUES ('user:' || :'alice'), ('engine:T1BTC-T1USD'), ('market'), ('configs'), ('')) AS t (topic);
SET LOCAL ROLE authenticated;
SET LOCAL request.jwt.claims = :'alice_claims';
SELECT is(system.topic_version('user:' || :'alice'), :'never', 'nor Alice of her own');
SELECT is(system.topic_version('market:T1BTC-T1USD'), '00001.' || lpad(:'second', 19, '0'), 'of a market she is as everybody');
RESET request.jwt.claims;
SET LOCAL ROLE tradebase_worker;
SELECT throws_ok($$ EXECUTE version('config') $$, '42501', NULL, 'a worker has no need to');
SET LOCAL ROLE service_role;
SELECT throws_ok($$ EXECUTE version('config') $$, '42501', NULL, 'nor a service');
SET LOCAL ROLE tradebase_engine;
SELECT throws_ok($$ EXECUTE version('config') $$, '42501', NULL, 'nor an engine');
RESET ROLE;

-- It sorts: the next event, one with more digits, and the next incarnation after all of them.
SELECT system.topic_version('market:T1BTC-T1USD') AS one \gset
INSERT INTO events.outbox (id, xid, created_at, topic, event, payload) OVERRIDING SYSTEM VALUE
VALUES (1000000000000000000, '100', '2031-03-05 10:00:00+00', 'market:T1BTC-T1USD', 'test', '{}');
SELECT system.topic_version('market:T1BTC-T1USD') AS two \gset
INSERT INTO events.outbox (id, incarnation, xid, created_at, topic, event, payload) OVERRIDING SYSTEM VALUE
VALUES (1000000000000000001, 10, '5', '2031-03-05 10:00:00+00', 'market:T1BTC-T1USD', 'test', '{}');
SELECT system.topic_version('market:T1BTC-T1USD') AS three \gset
SELECT ok(:'never' < :'one' COLLATE "C" AND :'one' < :'two' COLLATE "C" AND :'two' < :'three' COLLATE "C", 'it sorts as text');
SELECT is(:'three'::text, '00010.1000000000000000001', 'over restores too');

SELECT finish();
ROLLBACK;
