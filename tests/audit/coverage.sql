-- audit.coverage: every table in one of two lists, each way to write to an audited one is on record, and what sleeps shows.

BEGIN;
SELECT plan(60);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.grants_on('audit.coverage'), ARRAY['tradebase_auditor: SELECT', 'tradebase_worker: SELECT'], 'for who checks'
);
SELECT results_eq(
    'SELECT relation::text FROM audit.coverage WHERE is_audited ORDER BY relation',
    ARRAY[
        'identity.profiles', 'identity.staff_roles', 'identity.user_sessions', 'identity.users', 'market.assets',
        'market.fee_schedules', 'market.markets', 'ops.partition_policies', 'portfolio.transfers', 'system.feature_flags',
        'system.system_config'
    ], 'these are audited'
);
SELECT results_eq(
    'SELECT relation::text FROM audit.coverage WHERE NOT is_audited ORDER BY relation',
    ARRAY[
        'audit.audit_logs', 'identity.support_openings', 'market.market_state', 'market.price_history', 'ops.job_runs',
        'portfolio.analytics', 'portfolio.balances', 'portfolio.ledger_checkpoints', 'portfolio.ledger_entries',
        'portfolio.portfolio_snapshots', 'system.config_history', 'trading.client_orders',
        'trading.engine_commands', 'trading.fills', 'trading.orders', 'trading.positions',
        'trading.trade_busts', 'trading.trades'
    ], 'these are not, and each says why'
);
SELECT is_empty('SELECT * FROM audit.coverage WHERE problem IS NOT NULL', 'nothing is in both lists, in neither, or asleep');

-- Every way to write to every audited table. What refers to its rows steps aside: TRUNCATE is on record as well.
CREATE FUNCTION pg_temp.recorded(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    last CONSTANT bigint := coalesce((SELECT max(l.id) FROM audit.audit_logs AS l), 0);
BEGIN
    EXECUTE statement;
    RETURN (
        SELECT string_agg(DISTINCT l.relation || ' ' || l.operation, ', ') FROM audit.audit_logs AS l WHERE l.id > last
    );
END
$$;
CREATE TEMPORARY TABLE writes (relation text, insertion text, change text, row_key text);
INSERT INTO writes VALUES
('identity.users', $$ (id, kind, stp_group) VALUES ('ffffffff-0000-4000-8000-00000000000f', 'system', 'ffffffff-0000-4000-8000-00000000000f') $$, $$ fee_tier = 'vip' $$, $$ id = 'ffffffff-0000-4000-8000-00000000000f' $$),
('identity.profiles', $$ (user_id) VALUES ('00000000-0000-7000-8000-000000000001') $$, $$ country = 'CH' $$, $$ user_id = '00000000-0000-7000-8000-000000000001' $$),
('identity.user_sessions', $$ (id, user_id, expires_at) VALUES ('5e551011-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-00000000000a', 'infinity') $$, $$ revoked_at = now() $$, $$ id = '5e551011-0000-4000-8000-00000000000a' $$),
('identity.staff_roles', $$ (user_id, role, granted_by) VALUES ('aaaaaaaa-0000-4000-8000-00000000000a', 'tradebase_auditor', '{}') $$, $$ expires_at = granted_at + INTERVAL '1 day' $$, $$ user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$),
('market.assets', $$ (code, name, kind, scale, display_scale) VALUES ('ZZAUD', 'Audited', 'crypto', 8, 8) $$, $$ name = 'Seen' $$, $$ code = 'ZZAUD' $$),
('market.markets', $$ (symbol, base_asset_id, quote_asset_id, tick_size, lot_size) SELECT 'ZZA-ZZB', min(id), max(id), 1, 1 FROM market.assets $$, $$ status = 'halted' $$, $$ symbol = 'ZZA-ZZB' $$),
('market.fee_schedules', $$ (fee_tier, maker_fee_rate, taker_fee_rate) VALUES ('audited', 0, 0) $$, $$ taker_fee_rate = 0.001 $$, $$ fee_tier = 'audited' $$),
('system.system_config', $$ (key, value, value_type, description) VALUES ('audited', 'true', 'boolean', 'Tried.') $$, $$ value = 'false' $$, $$ key = 'audited' $$),
('system.feature_flags', $$ (key, description) VALUES ('audited', 'Tried.') $$, $$ is_enabled = TRUE $$, $$ key = 'audited' $$),
('portfolio.transfers', $$ (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at) SELECT v.id, 'aaaaaaaa-0000-4000-8000-00000000000a', (SELECT min(a.id) FROM market.assets AS a), 'deposit', 'completed', 1, 'audited', core.uuid7_time(v.id), core.uuid7_time(v.id) FROM (SELECT core.uuid7() AS id) AS v $$, $$ external_ref = 'x' $$, $$ idempotency_key = 'audited' $$),
('ops.partition_policies', $$ (parent, period) VALUES ('identity.users', 'month') $$, $$ premake = 4 $$, $$ parent = 'identity.users'::regclass $$);
INSERT INTO market.assets (code, name, kind, scale, display_scale) VALUES ('ZZONE', 'One', 'fiat', 8, 2), ('ZZTWO', 'Two', 'fiat', 8, 2);
GRANT DELETE ON ops.partition_policies TO tradebase_kernel;

SELECT is(pg_temp.recorded(format('INSERT INTO %s %s', w.relation, w.insertion)), w.relation || ' INSERT', w.relation || ': INSERT')
FROM writes AS w;
SELECT is(
    pg_temp.recorded(format('UPDATE %s SET %s WHERE %s', w.relation, w.change, w.row_key)), w.relation || ' UPDATE',
    w.relation || ': UPDATE'
)
FROM writes AS w;
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
FROM pg_constraint AS c JOIN writes AS w ON w.relation::regclass = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0 \gexec
SELECT is(pg_temp.recorded(format('DELETE FROM %s WHERE %s', w.relation, w.row_key)), w.relation || ' DELETE', w.relation || ': DELETE')
FROM writes AS w;
SELECT is(pg_temp.recorded('TRUNCATE ' || w.relation), w.relation || ' TRUNCATE', w.relation || ': TRUNCATE')
FROM writes AS w;

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
