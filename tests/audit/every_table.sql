-- Every audited table, by what it does: each row that a statement writes is one record, whatever the statement is, and
-- what changes nothing is none. Nothing here asks the catalog: a trigger that is gone or asleep is missed by its
-- records.

BEGIN;
SELECT plan(91);
\ir ../fixtures/alice_and_bob.psql

-- What a statement leaves on record: table, operation and how many, of every table.
CREATE FUNCTION pg_temp.recorded(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    last CONSTANT bigint := coalesce((SELECT max(l.id) FROM audit.audit_logs AS l), 0);
BEGIN
    EXECUTE statement;
    RETURN coalesce((
        SELECT string_agg(format('%s %s %s', r.relation, r.operation, r.n), ', ')
        FROM (
            SELECT l.relation, l.operation, count(*) AS n FROM audit.audit_logs AS l WHERE l.id > last
            GROUP BY l.relation, l.operation
        ) AS r
    ), 'nothing');
END
$$;

-- Of each: a row, how to find it, what it would be in conflict with, two values of one
-- column, and another column.
CREATE TEMPORARY TABLE writes (
    relation text, which text, conflict text, change text, another text, col text, insertion text
);
INSERT INTO writes VALUES
(
    'identity.users', $$ id = 'ffffffff-0000-4000-8000-00000000000f' $$, 'id', $$ fee_tier = 'vip' $$,
    $$ fee_tier = 'maker' $$, 'status',
    $$ (id, kind, stp_group)
       VALUES ('ffffffff-0000-4000-8000-00000000000f', 'system', 'ffffffff-0000-4000-8000-00000000000f') $$
), (
    'identity.profiles', $$ user_id = '00000000-0000-7000-8000-000000000001' $$, 'user_id', $$ country = 'CH' $$,
    $$ country = 'FR' $$, 'timezone', $$ (user_id) VALUES ('00000000-0000-7000-8000-000000000001') $$
), (
    'identity.user_sessions', $$ id = '5e551011-0000-4000-8000-00000000000a' $$, 'id', 'revoked_at = now()',
    'revoked_at = NULL', 'expires_at',
    $$ (id, user_id, expires_at)
       VALUES ('5e551011-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-00000000000a', 'infinity') $$
), (
    'identity.staff_roles', $$ user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    'user_id) WHERE (revoked_at IS NULL', $$ role = 'tradebase_monitor' $$,
    $$ role = 'tradebase_support' $$, 'expires_at',
    $$ (user_id, role, granted_by) VALUES ('aaaaaaaa-0000-4000-8000-00000000000a', 'tradebase_auditor', '{}') $$
), (
    'market.assets', $$ code = 'ZZAUD' $$, 'code', $$ name = 'Seen' $$, $$ name = 'Unseen' $$, 'scale',
    $$ (code, name, kind, scale, display_scale) VALUES ('ZZAUD', 'Audited', 'crypto', 8, 8) $$
), (
    'market.markets', $$ symbol = 'ZZA-ZZB' $$, 'symbol', 'tick_size = 2', 'tick_size = 3', 'lot_size',
    $$ (symbol, base_asset_id, quote_asset_id, tick_size, lot_size)
       SELECT 'ZZA-ZZB', min(a.id), max(a.id), 1, 1 FROM market.assets AS a $$
), (
    'market.fee_schedules', $$ fee_tier = 'audited' $$, 'fee_tier, market_id', 'taker_fee_rate = 0.001',
    'taker_fee_rate = 0.002', 'maker_fee_rate', $$ (fee_tier, maker_fee_rate, taker_fee_rate) VALUES ('audited', 0, 0) $$
), (
    'system.system_config', $$ key = 'audited' $$, 'key', $$ value = 'false' $$, $$ value = 'true' $$, 'value',
    $$ (key, value, value_type, description) VALUES ('audited', 'true', 'boolean', 'Tried.') $$
), (
    'system.feature_flags', $$ key = 'audited' $$, 'key', 'rollout_pct = 7', 'rollout_pct = 8', 'is_public',
    $$ (key, description) VALUES ('audited', 'Tried.') $$
), (
    'ops.retired_leaves', $$ leaf = 'audited_2019_01' $$, 'leaf) WHERE (reattached_at IS NULL', 'rows = 2', 'rows = 3',
    'checksum',
    $$ (parent, leaf, from_at, to_at, rows, checksum)
       VALUES ('trading.trades', 'audited_2019_01', '2019-01-01', '2019-02-01', 1, '1') $$
), (
    'portfolio.transfers', $$ idempotency_key = 'audited' $$, 'user_id, idempotency_key', $$ external_ref = 'x' $$,
    $$ external_ref = 'y' $$, 'amount',
    $$ (id, user_id, asset_id, kind, status, amount, idempotency_key, created_at, completed_at)
       SELECT
           v.id, 'aaaaaaaa-0000-4000-8000-00000000000a', (SELECT min(a.id) FROM market.assets AS a), 'deposit',
           'completed', 1, 'audited', core.uuid7_time(v.id), core.uuid7_time(v.id)
       FROM (SELECT core.uuid7() AS id) AS v $$
), (
    'ops.partition_policies', $$ parent = 'identity.users'::regclass $$, 'parent', 'premake = 4', 'premake = 5',
    'period', $$ (parent, period) VALUES ('identity.users', 'month') $$
);
INSERT INTO market.assets (code, name, kind, scale, display_scale)
VALUES ('ZZONE', 'One', 'fiat', 8, 2), ('ZZTWO', 'Two', 'fiat', 8, 2);
SELECT is((SELECT count(*)::integer FROM writes), 12, 'twelve tables are audited');

SELECT is(
    pg_temp.recorded(format('INSERT INTO %s %s', w.relation, w.insertion)), w.relation || ' INSERT 1',
    w.relation || ': INSERT'
)
FROM writes AS w;
SELECT is(
    pg_temp.recorded(format('UPDATE %s SET %s WHERE %s', w.relation, w.change, w.which)), w.relation || ' UPDATE 1',
    w.relation || ': UPDATE'
)
FROM writes AS w;
SELECT is(
    pg_temp.recorded(format(
        'INSERT INTO %s %s ON CONFLICT (%s) DO UPDATE SET %s', w.relation, w.insertion, w.conflict, w.another
    )), w.relation || ' UPDATE 1', w.relation || ': ON CONFLICT'
)
FROM writes AS w;
SELECT is(
    pg_temp.recorded(format(
        'MERGE INTO %s USING (VALUES (1)) AS v (n) ON %s WHEN MATCHED THEN UPDATE SET %s', w.relation, w.which, w.change
    )), w.relation || ' UPDATE 1', w.relation || ': MERGE'
)
FROM writes AS w;
SELECT is(
    pg_temp.recorded(format('UPDATE %s SET %s = %2$s', w.relation, w.col)), 'nothing',
    w.relation || ': what changes no row'
)
FROM writes AS w;
SELECT is(
    pg_temp.recorded($$ UPDATE identity.user_sessions SET last_seen_at = last_seen_at + INTERVAL '1 minute' $$), 'nothing',
    'that a session was looked at is no record'
);
SELECT is(
    pg_temp.recorded($$
        UPDATE identity.user_sessions SET last_seen_at = last_seen_at + INTERVAL '1 minute', revoked_at = NULL
    $$), 'identity.user_sessions UPDATE 1', 'nor does it hide what is one'
);
SELECT is(
    pg_temp.recorded($$
        INSERT INTO system.feature_flags (key, description)
        SELECT 'many_' || n, 'Tried.' FROM generate_series(1, 3) AS n
    $$), 'system.feature_flags INSERT 3', 'of many rows many records'
);
SELECT is(
    pg_temp.recorded($$ UPDATE system.feature_flags SET rollout_pct = 1 WHERE key IN ('many_1', 'many_2') $$),
    'system.feature_flags UPDATE 2', 'of two of them two'
);

-- What is secret or somebody's own stands in none of them, whichever way it was written.
UPDATE identity.profiles SET
    display_name = 'CANARY', country = 'AQ', timezone = 'Antarctica/Troll', preferences = '{"x": "CANARY"}';
UPDATE identity.user_sessions
SET token_hash = sha256('CANARY'), device_hash = sha256('CANARY'), ip_network = '203.0.113.0/24';
UPDATE portfolio.transfers
SET kind = 'withdrawal', status = 'pending', completed_at = NULL, external_ref = NULL, destination = 'CANARY'
WHERE idempotency_key = 'audited';
WITH gone AS (DELETE FROM identity.profiles RETURNING *)
INSERT INTO identity.profiles SELECT g.* FROM gone AS g;
WITH gone AS (DELETE FROM identity.user_sessions RETURNING *)
INSERT INTO identity.user_sessions SELECT g.* FROM gone AS g;
WITH gone AS (DELETE FROM portfolio.transfers WHERE idempotency_key = 'audited' RETURNING *)
INSERT INTO portfolio.transfers SELECT g.* FROM gone AS g;
SELECT is_empty(
    format(
        'SELECT l FROM audit.audit_logs AS l WHERE l::text ~ %L',
        'CANARY|AQ"|Antarctica|203\.0\.113|' || encode(sha256('CANARY'), 'hex')
    ), 'nothing personal and no hash is on record'
);
SELECT results_eq(
    $$ SELECT l.relation::text, string_agg(DISTINCT l.operation, ' ' ORDER BY l.operation) FROM audit.audit_logs AS l
       WHERE l::text ~ '\[personal]' GROUP BY l.relation ORDER BY l.relation COLLATE "C" $$,
    $$ VALUES
        ('identity.profiles', 'DELETE INSERT UPDATE'), ('identity.user_sessions', 'DELETE INSERT UPDATE'),
        ('portfolio.transfers', 'DELETE INSERT UPDATE') $$,
    'but that there was something is, in what came, changed and went'
);

-- What refers to their rows steps aside, so that they can go.
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
FROM pg_constraint AS c JOIN writes AS w ON w.relation::regclass = c.confrelid
WHERE c.contype = 'f' AND c.conparentid = 0 \gexec
SELECT is(
    pg_temp.recorded(format('DELETE FROM %s WHERE %s', w.relation, w.which)), w.relation || ' DELETE 1',
    w.relation || ': DELETE'
)
FROM writes AS w;
SELECT is(pg_temp.recorded('TRUNCATE ' || w.relation), w.relation || ' TRUNCATE 1', w.relation || ': TRUNCATE')
FROM writes AS w;

SELECT finish();
ROLLBACK;
