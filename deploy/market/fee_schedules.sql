-- Deploy tradebase:market/fee_schedules to pg
-- requires: audit/trigger_body
-- requires: core/numbers
-- requires: market/markets

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE market.fee_schedules (
    id             integer       GENERATED ALWAYS AS IDENTITY,
    fee_tier       text          NOT NULL,
    market_id      integer,
    maker_fee_rate core.fee_rate NOT NULL,
    taker_fee_rate core.fee_rate NOT NULL,

    CONSTRAINT fee_schedules_pkey PRIMARY KEY (id),
    CONSTRAINT fee_schedules_fee_tier_market_id_key UNIQUE NULLS NOT DISTINCT (fee_tier, market_id),
    CONSTRAINT fee_schedules_market_id_fkey FOREIGN KEY (market_id) REFERENCES market.markets (id),
    CONSTRAINT fee_schedules_fee_tier_check CHECK (fee_tier ~ '^[a-z0-9_]{1,32}$')
);

COMMENT ON TABLE market.fee_schedules IS
'What users of a tier pay, in one market or in all. An order takes the first that there is: tier and market, tier '
'alone, the market''s own rates.';
COMMENT ON COLUMN market.fee_schedules.market_id IS 'NULL for every market without a row of its own.';
COMMENT ON COLUMN market.fee_schedules.maker_fee_rate IS 'Fraction of the notional; negative is a rebate.';

CREATE INDEX fee_schedules_market_id_idx ON market.fee_schedules (market_id) WHERE market_id IS NOT NULL;

-- Written by audit.trigger_body(), and to be written anew when a column comes, goes or gets another tag.
-- To compile it costs more than it saves, for ten rows and for fifty thousand.
CREATE FUNCTION market.fee_schedules_audit()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off
AS $$
DECLARE
    said CONSTANT audit.context := audit.context();
BEGIN
    IF tg_op = 'UPDATE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before,
            after
        )
        SELECT
            said.*, 'market.fee_schedules', c.operation, c.row_key,
            CASE WHEN c.operation <> 'INSERT' THEN ('{' || c.before || '}')::jsonb END,
            CASE WHEN c.operation <> 'DELETE' THEN ('{' || c.after || '}')::jsonb END
        FROM (
            SELECT
                CASE
                    WHEN n.id IS NULL THEN 'DELETE'
                    WHEN o.id IS NULL THEN 'INSERT'
                    ELSE 'UPDATE'
                END AS operation,
                coalesce(o.id, n.id)::text AS row_key,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, o.id::text),
                    audit.changed('fee_tier', o.fee_tier IS DISTINCT FROM n.fee_tier, to_json(o.fee_tier)::text),
                    audit.changed('market_id', o.market_id IS DISTINCT FROM n.market_id, o.market_id::text),
                    audit.changed(
                        'maker_fee_rate', o.maker_fee_rate IS DISTINCT FROM n.maker_fee_rate,
                        '"' || o.maker_fee_rate || '"'
                    ),
                    audit.changed(
                        'taker_fee_rate', o.taker_fee_rate IS DISTINCT FROM n.taker_fee_rate,
                        '"' || o.taker_fee_rate || '"'
                    )
                ) AS before,
                concat_ws(
                    ',',
                    audit.changed('id', o.id IS DISTINCT FROM n.id, n.id::text),
                    audit.changed('fee_tier', o.fee_tier IS DISTINCT FROM n.fee_tier, to_json(n.fee_tier)::text),
                    audit.changed('market_id', o.market_id IS DISTINCT FROM n.market_id, n.market_id::text),
                    audit.changed(
                        'maker_fee_rate', o.maker_fee_rate IS DISTINCT FROM n.maker_fee_rate,
                        '"' || n.maker_fee_rate || '"'
                    ),
                    audit.changed(
                        'taker_fee_rate', o.taker_fee_rate IS DISTINCT FROM n.taker_fee_rate,
                        '"' || n.taker_fee_rate || '"'
                    )
                ) AS after
            FROM old_rows AS o
            FULL JOIN new_rows AS n ON n.id = o.id
            OFFSET 0
        ) AS c
        WHERE c.after <> '';
    ELSIF tg_op = 'INSERT' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, after
        )
        SELECT
            said.*, 'market.fee_schedules', tg_op, n.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, n.id::text),
                audit.changed('fee_tier', TRUE, to_json(n.fee_tier)::text),
                audit.changed('market_id', TRUE, n.market_id::text),
                audit.changed('maker_fee_rate', TRUE, '"' || n.maker_fee_rate || '"'),
                audit.changed('taker_fee_rate', TRUE, '"' || n.taker_fee_rate || '"')
            ) || '}')::jsonb
        FROM new_rows AS n;
    ELSIF tg_op = 'DELETE' THEN
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation, row_key, before
        )
        SELECT
            said.*, 'market.fee_schedules', tg_op, o.id::text,
            ('{' || concat_ws(
                ',',
                audit.changed('id', TRUE, o.id::text),
                audit.changed('fee_tier', TRUE, to_json(o.fee_tier)::text),
                audit.changed('market_id', TRUE, o.market_id::text),
                audit.changed('maker_fee_rate', TRUE, '"' || o.maker_fee_rate || '"'),
                audit.changed('taker_fee_rate', TRUE, '"' || o.taker_fee_rate || '"')
            ) || '}')::jsonb
        FROM old_rows AS o;
    ELSE
        INSERT INTO audit.audit_logs (
            actor_id, database_role, session_role, session_id, request_id, reason, relation, operation
        )
        SELECT said.*, 'market.fee_schedules', tg_op;
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION market.fee_schedules_audit() IS
'Trigger of market.fee_schedules: a row of audit.audit_logs for each row that a statement changed.';

GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.fee_schedules_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

CREATE TRIGGER fee_schedules_audit_insert
AFTER INSERT ON market.fee_schedules
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.fee_schedules_audit();

CREATE TRIGGER fee_schedules_audit_update
AFTER UPDATE ON market.fee_schedules
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.fee_schedules_audit();

CREATE TRIGGER fee_schedules_audit_delete
AFTER DELETE ON market.fee_schedules
REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION market.fee_schedules_audit();

CREATE TRIGGER fee_schedules_audit_truncate
AFTER TRUNCATE ON market.fee_schedules
FOR EACH STATEMENT EXECUTE FUNCTION market.fee_schedules_audit();

ALTER TABLE market.fee_schedules
ENABLE ALWAYS TRIGGER fee_schedules_audit_insert,
ENABLE ALWAYS TRIGGER fee_schedules_audit_update,
ENABLE ALWAYS TRIGGER fee_schedules_audit_delete,
ENABLE ALWAYS TRIGGER fee_schedules_audit_truncate;

-- No policy yet: until market/fee_schedules_access is deployed nobody sees a row, its owner included.
ALTER TABLE market.fee_schedules ENABLE ROW LEVEL SECURITY;
ALTER TABLE market.fee_schedules FORCE ROW LEVEL SECURITY;

COMMIT;
