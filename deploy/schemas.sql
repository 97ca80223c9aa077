-- Deploy tradebase:schemas to pg
-- requires: platform

BEGIN;

-- No guard stands yet: the same checks keep anybody but the owner, a superuser above all, from going on after platform.
\ir ../scripts/preflight.sql

-- What is made from here on is closed to PUBLIC. Only the global form takes back PostgreSQL's built-in grants.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;

-- PUBLIC keeps CONNECT (Supabase's own services rely on it) and nothing else.
DO $$
BEGIN
    EXECUTE format('REVOKE TEMPORARY, CREATE ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

CREATE SCHEMA core;
COMMENT ON SCHEMA core IS 'Number domains, ids, and who the current user is. Everything else stands on it.';

CREATE SCHEMA identity;
COMMENT ON SCHEMA identity IS 'Users, their profiles and sessions, staff roles.';

CREATE SCHEMA market;
COMMENT ON SCHEMA market IS 'Assets, markets and their rules, fee schedules, price history.';

CREATE SCHEMA trading;
COMMENT ON SCHEMA trading IS 'Orders, trades, fills, positions, and the commands that write them.';

CREATE SCHEMA portfolio;
COMMENT ON SCHEMA portfolio IS 'Balances, the ledger behind them, transfers, snapshots, analytics.';

CREATE SCHEMA system;
COMMENT ON SCHEMA system IS 'Configuration and feature flags.';

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Who changed what, sealed.';

CREATE SCHEMA events;
COMMENT ON SCHEMA events IS 'The outbox: what a command tells the outside, one row each.';

CREATE SCHEMA ops;
COMMENT ON SCHEMA ops IS 'Partitions, release guards, job runs, integrity: for those who run the database.';

CREATE SCHEMA monitoring;
COMMENT ON SCHEMA monitoring IS 'Views on health and load for the monitoring role.';

CREATE SCHEMA api;
COMMENT ON SCHEMA api IS
'What clients see, and the only exposed schema: invoker views and functions, no table, no definer.';

CREATE SCHEMA partitions;
COMMENT ON SCHEMA partitions IS
'Every leaf of every partitioned table. A leaf is reached through its parent alone, the open book excepted: no client '
'and no staff role has USAGE.';

CREATE SCHEMA attic;
COMMENT ON SCHEMA attic IS 'Rows and values that a revert parked, and leaves that were retired. No role has USAGE.';

-- Clients call api. USAGE on the rest opens no row: each table says in its _access change who reads it.
GRANT USAGE ON SCHEMA api TO anon, authenticated, service_role, tradebase_engine;
GRANT USAGE ON SCHEMA api TO tradebase_operator, tradebase_support, tradebase_auditor, tradebase_reporter;
GRANT USAGE ON SCHEMA core, market, system TO anon;
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system TO authenticated;
-- A service has EXECUTE on functions and reads no table.
GRANT USAGE ON SCHEMA core, identity, portfolio TO service_role;

-- The kernel runs behind the definer functions; it reaches every schema that holds tables, and no leaf by name.
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system, audit, events, ops, monitoring
TO tradebase_kernel;

GRANT USAGE ON SCHEMA market, trading TO tradebase_engine;
-- Portfolio and trading for the functions that correct: an operator reads no balance, no order and no fill.
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system, events, ops TO tradebase_operator;
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system TO tradebase_support;
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system, audit, ops TO tradebase_auditor;
GRANT USAGE ON SCHEMA core, identity, market, trading, portfolio, system TO tradebase_reporter;
GRANT USAGE ON SCHEMA events, ops, monitoring TO tradebase_monitor;
-- To name a table whose leaves it makes, and to write down what it has measured; it reads none of them.
GRANT USAGE ON SCHEMA market, trading, portfolio, audit, events, ops, monitoring TO tradebase_worker;

COMMIT;
