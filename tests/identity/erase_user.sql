-- identity.erase_user(): who they were is in no table any more, and the books are what they were.

BEGIN;
SELECT plan(28);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
\ir ../fixtures/detail_of.psql
\set carol cccccccc-0000-4000-8000-00000000000c
INSERT INTO auth.users (id) VALUES (:'carol');

SELECT is_definer('identity', 'erase_user', ARRAY['uuid', 'text']);
SELECT function_owner_is('identity', 'erase_user', ARRAY['uuid', 'text'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('identity.erase_user(uuid,text)'), ARRAY['tradebase_operator'], 'it is for the operator'
);

-- A canary of Alice's in every column that is tagged, as her own and other people's commands would leave it there.
UPDATE identity.profiles
SET display_name = 'canary of Alice', country = 'XQ', timezone = 'Canary/Alice', reporting_asset_id = :t1usd,
    preferences = '{"nickname": "canary of Alice"}'
WHERE user_id = :'alice';
INSERT INTO identity.user_sessions (id, user_id, token_hash, ip_network, device_hash, expires_at)
VALUES (gen_random_uuid(), :'alice', sha256('canary'), '198.51.100.0/24', sha256('canary of Alice'), 'infinity');
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
VALUES (:'carol', :'alice', 'canary of Alice', '2026-01-01 12:00+00', '2026-01-01 12:15+00');
SELECT portfolio.adjust(:'alice', 'T1USD', 5, 'canary of Alice', 'alice:adjusted') ->> 'status';
SELECT portfolio.request_withdrawal_for(:'alice', 'T1USD', 100, 'alice:out', 'canary-of-Alice') ->> 'id' AS alice_out \gset
-- The same of Bob, which stays.
UPDATE identity.profiles SET display_name = 'canary of Bob', country = 'XR' WHERE user_id = :'bob';
SELECT portfolio.adjust(:'bob', 'T1USD', 5, 'canary of Bob', 'bob:adjusted') ->> 'status';

-- Every row of every table of ours, leaves through their parents, as text.
CREATE FUNCTION pg_temp.rows_with(pattern text) RETURNS TABLE (place text, rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    t regclass;
BEGIN
    FOR t IN
        SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN (
            'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring', 'api',
            'attic'
        )
    LOOP
        RETURN QUERY EXECUTE format(
            'SELECT %L::text, count(*) FROM %s AS t WHERE t::text ~ %L HAVING count(*) > 0', t, t, pattern
        );
    END LOOP;
END
$$;
SELECT 'canary.{0,3}of.{0,3}Alice|Canary/Alice|\mXQ\M|198[.]51[.]100|' || encode(sha256('canary'), 'hex') || '|'
    || encode(sha256('canary of Alice'), 'hex') AS canaries \gset
PREPARE of_alice AS SELECT * FROM pg_temp.rows_with(:'canaries') ORDER BY place COLLATE "C";
PREPARE books_now AS
SELECT 'ledger' AS what, md5(string_agg(t::text, ';' ORDER BY t::text)) AS digest FROM portfolio.ledger_entries AS t
UNION ALL SELECT 'fills', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM trading.fills AS t
UNION ALL SELECT 'trades', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM trading.trades AS t
UNION ALL SELECT 'orders', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM trading.orders AS t
UNION ALL SELECT 'positions', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM trading.positions AS t
UNION ALL SELECT 'balances', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM portfolio.balances AS t
UNION ALL SELECT 'transfers', md5(string_agg(
    (to_jsonb(t) - 'destination' - 'reason')::text, ';' ORDER BY t.id
)) FROM portfolio.transfers AS t;
PREPARE erase(uuid, text) AS SELECT identity.erase_user($1, $2);

SELECT results_eq(
    'of_alice',
    $$ VALUES
        ('identity.profiles', 1::bigint), ('identity.support_openings', 1), ('identity.user_sessions', 1),
        ('portfolio.transfers', 2) $$,
    'Alice is in four tables'
);
-- Each tagged column holds a canary of hers: one that is tagged and not here would be erased by nobody's proof.
SELECT is_empty(
    $$ SELECT p.table_name, p.column_name FROM identity.personal_data AS p
       WHERE p.is_erased AND (p.table_name, p.column_name) NOT IN (
           ('profiles', 'display_name'), ('profiles', 'country'), ('profiles', 'timezone'), ('profiles', 'preferences'),
           ('user_sessions', 'token_hash'), ('user_sessions', 'ip_network'), ('user_sessions', 'device_hash'),
           ('support_openings', 'reason'), ('transfers', 'destination'), ('transfers', 'reason')
       ) $$, 'in every column that is tagged'
);

-- Who may
SET LOCAL ROLE anon;
SELECT throws_ok(format('EXECUTE erase(%L, %L)', :'alice', 'x'), '42501', NULL, 'nobody off the street');
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT throws_ok(format('EXECUTE erase(%L, %L)', :'alice', 'x'), '42501', NULL, 'not Alice herself: she asks for it');
SELECT set_config('request.jwt.claims', '', TRUE);
SET LOCAL ROLE service_role;
SELECT throws_ok(format('EXECUTE erase(%L, %L)', :'alice', 'x'), '42501', NULL, 'no service');
SET LOCAL ROLE tradebase_support;
SELECT throws_ok(format('EXECUTE erase(%L, %L)', :'alice', 'x'), '42501', NULL, 'nor support');

-- Not yet
SET LOCAL ROLE tradebase_operator;
SELECT throws_ok(format('EXECUTE erase(%L, NULL)', :'alice'), 'TR010', 'invalid reason', 'there is a reason');
SELECT throws_ok($$ EXECUTE erase(gen_random_uuid(), 'x') $$, 'TR012', 'unknown user', 'nobody is not erased');
SELECT throws_ok(
    $$ EXECUTE erase('00000000-0000-7000-8000-000000000001', 'x') $$, 'TR012', 'unknown user', 'nor the platform'
);
SELECT throws_ok(
    format('EXECUTE erase(%L, %L)', :'alice', 'x'), 'TR503', 'the account is not closed', 'who is active is not erased'
);
SELECT identity.set_user_status(:'alice', 'closed', 'She asked.') ->> 'status';
SELECT throws_ok(
    format('EXECUTE erase(%L, %L)', :'alice', 'x'), 'TR504', 'the account is not empty', 'nor who has something'
);
RESET ROLE;
SELECT is(
    pg_temp.detail_of(format('EXECUTE erase(%L, %L)', :'alice', 'x')),
    '{"balances": 3, "open_orders": 1, "pending_transfers": 1}', 'the detail says what is left'
);
SELECT results_eq(
    $$ SELECT place FROM pg_temp.rows_with('canary of Alice') ORDER BY place COLLATE "C" $$,
    ARRAY['identity.profiles', 'identity.support_openings', 'portfolio.transfers'], 'no refusal took anything'
);

-- The money goes out, the order ends: as an operator and a service would.
SELECT portfolio.cancel_withdrawal_for(:'alice', :'alice_out') ->> 'status';
SELECT trading.cancel_all_orders_for(:'alice') AS canceled;
SELECT trading.close_order(:'alice_open', 'canceled', 'user_cancel', 1) IS NOT NULL AS closed;
SELECT is(
    pg_temp.detail_of(format('EXECUTE erase(%L, %L)', :'alice', 'x')),
    '{"balances": 3, "open_orders": 0, "pending_transfers": 0}', 'money alone is enough to refuse'
);
SELECT portfolio.adjust(:'alice', a.code, -b.available::numeric, 'canary of Alice', 'alice:paid:' || a.code) ->> 'status'
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id = :'alice' AND b.available > 0;
CREATE TEMPORARY TABLE before AS EXECUTE books_now;

SET LOCAL ROLE tradebase_operator;
SELECT is(identity.erase_user(:'alice', 'She asked.') ->> 'user_id', :'alice', 'Alice is erased');
RESET ROLE;
SELECT is_empty('of_alice', 'no row of any table knows her');
SELECT results_eq(
    $$ SELECT place FROM pg_temp.rows_with('canary of Bob|\mXR\M') ORDER BY place COLLATE "C" $$, ARRAY['identity.profiles', 'portfolio.transfers'],
    'Bob is as he was'
);
SELECT results_eq('books_now', 'SELECT * FROM before', 'ledger, fills, trades, orders and balances are to the last digit what they were');
SELECT results_eq(
    $$ SELECT t.kind, t.reason, t.destination FROM portfolio.transfers AS t
       WHERE t.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND t.kind IN ('adjustment', 'withdrawal')
       GROUP BY 1, 2, 3 ORDER BY 1 $$,
    $$ VALUES ('adjustment', 'erased', NULL), ('withdrawal', NULL, NULL) $$, 'a transfer stays, without where to and why'
);
SELECT results_eq(
    $$ SELECT u.status, u.erased_at IS NOT NULL FROM identity.users AS u
       WHERE u.id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$, $$ VALUES ('closed', TRUE) $$, 'she is marked as erased'
);
SELECT is_empty(
    $$ SELECT c.check_name, c.sample FROM ops.verify_integrity() AS c WHERE c.bad_count > 0 $$, 'the books hold'
);
SELECT u.erased_at AS erased_at FROM identity.users AS u WHERE u.id = :'alice' \gset
SET LOCAL ROLE tradebase_operator;
SELECT is(
    (identity.erase_user(:'alice', 'Again.') ->> 'erased_at')::timestamptz, :'erased_at'::timestamptz, 'twice is once'
);
SELECT throws_ok(
    format('SELECT identity.set_user_status(%L, %L, %L)', :'alice', 'active', 'x'), 'TR503', NULL, 'and nobody comes back'
);
RESET ROLE;
SET LOCAL ROLE service_role;
SELECT throws_ok(
    format('SELECT portfolio.deposit(%L, %L, 1, %L)', :'alice', 'T1USD', 'alice:late'), 'TR008', NULL, 'or gets anything'
);
RESET ROLE;
SELECT results_eq(
    $$ SELECT count(*) FROM identity.user_sessions AS s
       WHERE s.user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' AND s.revoked_at IS NULL $$, ARRAY[0::bigint], 'she is out'
);

SELECT finish();
ROLLBACK;
