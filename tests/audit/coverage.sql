-- audit.coverage: every table is in one of two lists, and what sleeps or is out of date shows.

BEGIN;
SELECT plan(17);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.grants_on('audit.coverage'), ARRAY['tradebase_auditor: SELECT', 'tradebase_worker: SELECT'], 'for who checks'
);
SELECT results_eq(
    'SELECT relation::text FROM audit.coverage WHERE is_audited ORDER BY relation',
    ARRAY[
        'identity.profiles', 'identity.staff_roles', 'identity.user_sessions', 'identity.users', 'market.assets',
        'market.fee_schedules', 'market.markets', 'ops.partition_policies', 'ops.retired_leaves', 'portfolio.transfers',
        'system.feature_flags', 'system.system_config'
    ], 'these are audited'
);
SELECT results_eq(
    'SELECT relation::text FROM audit.coverage WHERE NOT is_audited ORDER BY relation',
    ARRAY[
        'audit.audit_logs', 'events.consumers', 'events.outbox', 'events.undelivered', 'identity.support_openings', 'market.candle_state', 'market.market_state',
        'market.price_history', 'monitoring.pool_samples', 'monitoring.statement_baseline', 'monitoring.storage_samples',
        'ops.backups', 'ops.job_runs', 'ops.recovery_drills', 'portfolio.analytics', 'portfolio.balances',
        'portfolio.ledger_checkpoints', 'portfolio.ledger_entries', 'portfolio.portfolio_snapshots',
        'system.config_history', 'trading.client_orders', 'trading.engine_commands', 'trading.fills',
        'trading.orders', 'trading.positions', 'trading.trade_busts', 'trading.trades'
    ], 'these are not, and each says why'
);
SELECT is_empty('SELECT * FROM audit.coverage WHERE problem IS NOT NULL', 'nothing is in both lists, in neither, or asleep');

-- What an owner may do and no trigger can prevent, shows.
PREPARE problems AS SELECT c.relation, c.problem FROM audit.coverage AS c WHERE c.problem IS NOT NULL;
SELECT throws_ok('SET LOCAL session_replication_role = replica', '42501', NULL, 'an owner does not call themself a replica');
ALTER TABLE system.feature_flags DISABLE TRIGGER feature_flags_audit_update;
SELECT results_eq(
    'problems',
    $$ VALUES (
        'system.feature_flags', 'has not one trigger for each of INSERT, UPDATE, DELETE and TRUNCATE that always fires'
    ) $$, 'a trigger put to sleep'
);
ALTER TABLE system.feature_flags ENABLE TRIGGER feature_flags_audit_update;
SELECT isnt_empty('problems', 'woken for most, but not for replicas');
ALTER TABLE system.feature_flags ENABLE ALWAYS TRIGGER feature_flags_audit_update;
SELECT is_empty('problems', 'always, it is well again');
DROP TRIGGER feature_flags_audit_truncate ON system.feature_flags;
SELECT isnt_empty('problems', 'a trigger that is gone');
CREATE TRIGGER feature_flags_audit_truncate AFTER TRUNCATE ON system.feature_flags
FOR EACH STATEMENT EXECUTE FUNCTION system.feature_flags_audit();
ALTER TABLE system.feature_flags ENABLE ALWAYS TRIGGER feature_flags_audit_truncate;
SELECT is_empty('problems', 'and made again');
ALTER FUNCTION system.feature_flags_audit() OWNER TO CURRENT_USER;
SELECT results_eq(
    'problems', $$ VALUES ('system.feature_flags', 'is audited by a function that is not the kernel''s') $$,
    'a function that another owns'
);
CREATE TABLE market.in_parts (id integer PRIMARY KEY) PARTITION BY RANGE (id);
SELECT format(
    'CREATE FUNCTION market.in_parts_audit() RETURNS trigger LANGUAGE plpgsql AS %L', audit.trigger_body('market.in_parts')
) \gexec
CREATE TRIGGER in_parts_audit_delete AFTER DELETE ON market.in_parts
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION market.in_parts_audit();
SELECT results_eq(
    $$ SELECT c.problem FROM audit.coverage AS c WHERE c.relation = 'market.in_parts' $$,
    $$ VALUES ('is partitioned: what is written to a leaf, or moved by MERGE, no trigger of it tells') $$,
    'a table with leaves, which can be written past it'
);
CREATE TABLE market.unheard_of (id integer PRIMARY KEY);
SELECT results_eq(
    $$ SELECT c.problem FROM audit.coverage AS c WHERE c.relation = 'market.unheard_of' $$,
    $$ VALUES ('is not audited, and does not say why') $$, 'a table in neither list'
);
COMMENT ON TABLE identity.users IS 'Somebody. [not audited: no]';
SELECT results_eq(
    $$ SELECT c.problem FROM audit.coverage AS c WHERE c.relation = 'identity.users' $$,
    $$ VALUES ('is audited, and says why it is not') $$, 'a table in both'
);
SET LOCAL ROLE authenticated;
SELECT throws_ok('problems', '42501', NULL, 'a user does not look');
SET LOCAL ROLE tradebase_auditor;
SELECT isnt_empty('problems', 'an auditor does');
SET LOCAL ROLE tradebase_worker;
SELECT isnt_empty('problems', 'and a job');

RESET ROLE;
SELECT finish();
ROLLBACK;
