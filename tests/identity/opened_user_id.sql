-- identity.opened_user_id(): support sees one customer, everything of them, while they are open and not a moment longer.

BEGIN;
SELECT plan(22);
\ir ../fixtures/trading_session.psql
\ir ../fixtures/core_grants.psql
\set carol cccccccc-0000-4000-8000-00000000000c
\set carol_claims '{"sub": "cccccccc-0000-4000-8000-00000000000c", "role": "tradebase_support"}'
INSERT INTO auth.users (id, email) VALUES (:'carol', 'carol@t1.example');
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'carol', 'tradebase_support', '{}');
UPDATE system.system_config SET value = 'false' WHERE key = 'session_required';
-- A transfer that both are part of.
SELECT portfolio.transfer_for(:'bob', :'alice', 'T1USD', 5, 'bob:gift') ->> 'status';

SELECT is_definer('identity', 'opened_user_id', '{}'::name[]);
SELECT is(pg_temp.who_may_execute('identity.opened_user_id()'), ARRAY['tradebase_support'], 'for the policies of support');

PREPARE opens(uuid) AS
INSERT INTO identity.support_openings (staff_user_id, user_id, reason, opened_at, expires_at)
SELECT :'carol', $1, 'A call.', c.now_at, c.now_at + INTERVAL '15 minutes' FROM (SELECT clock_timestamp() AS now_at) AS c;
PREPARE closes AS UPDATE identity.support_openings SET closed_at = clock_timestamp() WHERE closed_at IS NULL;

-- What each of them was worth.
INSERT INTO portfolio.portfolio_snapshots (
    user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl, realized_pnl_cum,
    fees_cum, net_flow_cum, holdings
)
SELECT u.id, 'intraday', now(), :t1usd, 1, 1, 0, 0, 0, 0, 0, '{}' FROM unnest(ARRAY[:'alice', :'bob']::uuid[]) AS u (id);
INSERT INTO portfolio.analytics (user_id, span, as_of, reporting_asset_id, n_periods, trades_count)
SELECT u.id, 'all', '2019-04-01', :t1usd, 0, 0 FROM unnest(ARRAY[:'alice', :'bob']::uuid[]) AS u (id);

-- What is seen in each table, and whose it is; and of what clients see in api.
CREATE TEMPORARY VIEW seen WITH (security_invoker = TRUE) AS
SELECT 'users' AS what, id AS user_id FROM identity.users
UNION ALL SELECT 'profiles', user_id FROM identity.profiles
UNION ALL SELECT 'balances', user_id FROM portfolio.balances
UNION ALL SELECT 'ledger_entries', user_id FROM portfolio.ledger_entries
UNION ALL SELECT 'orders', user_id FROM trading.orders
UNION ALL SELECT 'fills', user_id FROM trading.fills
UNION ALL SELECT 'positions', user_id FROM trading.positions
UNION ALL SELECT 'portfolio_snapshots', user_id FROM portfolio.portfolio_snapshots
UNION ALL SELECT 'analytics', user_id FROM portfolio.analytics
UNION ALL SELECT 'transfers', unnest(ARRAY[user_id, counterparty_user_id]) FROM portfolio.transfers;
CREATE TEMPORARY VIEW seen_in_api WITH (security_invoker = TRUE) AS
SELECT 'analytics' AS what, to_jsonb(t) AS seen FROM api.analytics AS t
UNION ALL SELECT 'balances', to_jsonb(t) FROM api.balances AS t
UNION ALL SELECT 'fills', to_jsonb(t) FROM api.fills AS t
UNION ALL SELECT 'ledger_entries', to_jsonb(t) FROM api.ledger_entries AS t
UNION ALL SELECT 'open_orders', to_jsonb(t) FROM api.open_orders AS t
UNION ALL SELECT 'order_history', to_jsonb(t) FROM api.order_history AS t
UNION ALL SELECT 'positions', to_jsonb(t) FROM api.positions AS t
UNION ALL SELECT 'profile', to_jsonb(t) FROM api.profile AS t;
GRANT SELECT ON seen, seen_in_api TO PUBLIC;
-- Whatever support may select is in that view, or is nobody's, or says who looked.
SELECT is_empty(
    $$ SELECT p.polrelid::regclass FROM pg_policy AS p
       WHERE p.polroles && ARRAY[0, 'tradebase_support'::regrole::oid]
       AND (pg_get_expr(p.polqual, p.polrelid) NOT IN ('true', 'is_public') OR p.polcmd <> 'r')
       AND p.polrelid NOT IN (SELECT d.refobjid FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
                              WHERE r.ev_class = 'seen'::regclass AND d.refclassid = 'pg_class'::regclass)
       AND p.polrelid <> 'identity.support_openings'::regclass $$, 'what support may see is looked at below'
);
PREPARE rows_of(uuid) AS
SELECT s.what, count(*) FROM seen AS s WHERE s.user_id = $1 GROUP BY s.what ORDER BY s.what COLLATE "C";
PREPARE tables_of(uuid) AS SELECT DISTINCT s.what FROM seen AS s WHERE s.user_id = $1 ORDER BY s.what;
PREPARE anything AS SELECT * FROM seen;
PREPARE anything_in_api AS SELECT * FROM seen_in_api;

SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
SELECT encode(sha256(string_agg(s.what || s.seen, ';' ORDER BY s.what, s.seen)::bytea), 'hex') AS alices_api
FROM seen_in_api AS s \gset

SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty('anything', 'support sees nothing until a customer is opened');
SELECT is_empty('anything_in_api', 'in api neither');
RESET ROLE;
EXECUTE opens(:'alice');
SET LOCAL ROLE tradebase_support;
SELECT is(identity.opened_user_id(), :'alice'::uuid, 'Alice is open');
SELECT results_eq(
    format('EXECUTE tables_of(%L)', :'alice'),
    ARRAY[
        'analytics', 'balances', 'fills', 'ledger_entries', 'orders', 'portfolio_snapshots', 'positions', 'profiles',
        'transfers', 'users'
    ], 'of Alice there is something in every table'
);
SELECT is(
    (SELECT encode(sha256(string_agg(s.what || s.seen, ';' ORDER BY s.what, s.seen)::bytea), 'hex') FROM seen_in_api AS s),
    :'alices_api', 'in api it is exactly what she sees herself'
);
SELECT results_eq(
    format('EXECUTE rows_of(%L)', :'bob'), $$ VALUES ('transfers', 1::bigint) $$,
    'of Bob only that Alice got something from him'
);
SELECT is_empty(
    $$ SELECT s.user_id FROM seen AS s WHERE s.user_id NOT IN (
        'aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b'
    ) $$, 'of nobody else anything'
);
SELECT throws_ok(
    'SELECT stp_group FROM identity.users', '42501', NULL, 'support does not see whom she never trades with'
);
SELECT throws_ok(
    'SELECT idempotency_key FROM portfolio.transfers', '42501', NULL, 'nor her keys'
);
SELECT throws_ok(
    $$ UPDATE identity.profiles SET display_name = 'x' $$, '42501', NULL, 'and changes nothing of her'
);

-- Another of support, and the same request as somebody else
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT is_empty('anything', 'to who is not support she is not open');
SELECT set_config('request.jwt.claims', '', TRUE);
SELECT is_empty('anything', 'nor to nobody');
RESET ROLE;
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'bob', 'tradebase_support', '{}');
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'bob_claims', TRUE);
SELECT is_empty('anything', 'nor to another of support');

-- The next customer
RESET ROLE;
EXECUTE closes;
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', :'carol_claims', TRUE);
SELECT is_empty('anything', 'closed is closed');
RESET ROLE;
EXECUTE opens(:'bob');
SET LOCAL ROLE tradebase_support;
SELECT results_eq(
    format('EXECUTE rows_of(%L)', :'alice'), $$ VALUES ('transfers', 1::bigint) $$,
    'with Bob open there is nothing left of Alice but what he sent her'
);

-- Fifteen minutes later, as far as the table knows: the same transaction sees the end.
RESET ROLE;
UPDATE identity.support_openings
SET opened_at = opened_at - INTERVAL '15 minutes', expires_at = opened_at WHERE closed_at IS NULL;
SET LOCAL ROLE tradebase_support;
SELECT is_empty('anything', 'after its time it is over, even in a transaction that began before');
SELECT is_empty('anything_in_api', 'in api too');

-- Who works here no longer
RESET ROLE;
EXECUTE closes;
EXECUTE opens(:'alice');
UPDATE identity.staff_roles SET revoked_at = now(), revoked_by = '{}' WHERE user_id = :'carol';
SET LOCAL ROLE tradebase_support;
SELECT is_empty('anything', 'who has lost the role sees nothing, whatever their token says');
RESET ROLE;
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'carol', 'tradebase_auditor', '{}');
SET LOCAL ROLE tradebase_support;
SELECT is_empty('anything', 'nor who is something else now');

RESET ROLE;
SELECT finish();
ROLLBACK;
