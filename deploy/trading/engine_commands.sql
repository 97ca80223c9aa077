-- Deploy tradebase:trading/engine_commands to pg
-- requires: core/refuse_change
-- requires: ops/ensure_partitions

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE trading.engine_commands (
    market_id  integer     NOT NULL,
    seq        bigint      NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind       text        NOT NULL,
    order_id   uuid        NOT NULL,
    payload    jsonb       NOT NULL,

    CONSTRAINT engine_commands_pkey PRIMARY KEY (market_id, seq, created_at),
    CONSTRAINT engine_commands_kind_check CHECK (kind IN ('place', 'amend', 'cancel')),
    CONSTRAINT engine_commands_payload_check CHECK (jsonb_typeof(payload) = 'object')
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE trading.engine_commands IS
'What an external engine is told of one market, in the order in which it happened: seq is drawn under the market''s '
'lock, so a reader who has seen one has seen all before it. Append-only. [not audited: append-only, it is the record]';
COMMENT ON COLUMN trading.engine_commands.seq IS
'Ascending per market, with gaps; of a place command also the order''s own seq.';
COMMENT ON COLUMN trading.engine_commands.payload IS
'The order as an engine needs it, amounts as text; never whose it is beyond its stp_group.';

CREATE TRIGGER engine_commands_append_only
BEFORE UPDATE OR DELETE ON trading.engine_commands
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('trading.engine_commands');

CREATE TRIGGER engine_commands_no_truncate
BEFORE TRUNCATE ON trading.engine_commands
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('trading.engine_commands');

ALTER TABLE trading.engine_commands
ENABLE ALWAYS TRIGGER engine_commands_append_only,
ENABLE ALWAYS TRIGGER engine_commands_no_truncate;

ALTER TABLE trading.engine_commands ENABLE ROW LEVEL SECURITY;
ALTER TABLE trading.engine_commands FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('trading.engine_commands', 'month');
SELECT ops.ensure_partitions('trading.engine_commands', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
