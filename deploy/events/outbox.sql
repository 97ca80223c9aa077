-- Deploy tradebase:events/outbox to pg
-- requires: core/refuse_change
-- requires: ops/ensure_partitions

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE events.outbox (
    id          bigint      GENERATED ALWAYS AS IDENTITY,
    incarnation integer     NOT NULL DEFAULT 1,
    xid         xid8        NOT NULL DEFAULT pg_current_xact_id(),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    topic       text        NOT NULL,
    event       text        NOT NULL,
    payload     jsonb       NOT NULL,

    -- No CHECK: each is read anew by every statement, in ten microseconds, as much as the row takes. The kernel's
    -- functions alone write, and tests/events/outbox.sql knows every topic of theirs.
    CONSTRAINT outbox_pkey PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE events.outbox IS
'What commands tell the outside: one row per command and topic, written in the command''s own transaction, read by '
'events.read(). Append-only; its leaves go when every consumer has read them. [not audited: append-only, of what is on '
'record elsewhere]';
COMMENT ON COLUMN events.outbox.id IS
'Drawn after the command has its locks: of two events of which one had to wait for the other it says which came first. '
'Of one topic it only grows.';
COMMENT ON COLUMN events.outbox.incarnation IS
'Counts the clusters that the rows were written in: who restores a dump into another, where xid begins anew, or an '
'earlier state of this one, raises the default.';
COMMENT ON COLUMN events.outbox.xid IS
'The transaction. Its number is drawn before its locks and so tells no order, but when all below it have ended.';
COMMENT ON COLUMN events.outbox.topic IS
'user:<id>, market:<symbol> and engine:<symbol>, for whom it is; config and flags, what everybody has set. [kept: an id]';
COMMENT ON COLUMN events.outbox.payload IS
'What has changed, amounts as text; never who a person is. Of an engine which of its commands, which events.read() adds. '
'[kept: how programs call their orders, while messages are kept]';

-- The windows of events.read(). The newest id of a public topic is its version, for what is kept of it elsewhere.
CREATE INDEX outbox_incarnation_xid_id_idx ON events.outbox (incarnation, xid, id);
CREATE INDEX outbox_topic_id_idx ON events.outbox (topic, id)
WHERE topic LIKE 'market:%' OR topic = 'config' OR topic = 'flags';

CREATE TRIGGER outbox_append_only
BEFORE UPDATE OR DELETE ON events.outbox
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('events.outbox');

CREATE TRIGGER outbox_no_truncate
BEFORE TRUNCATE ON events.outbox
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('events.outbox');

ALTER TABLE events.outbox
ENABLE ALWAYS TRIGGER outbox_append_only,
ENABLE ALWAYS TRIGGER outbox_no_truncate;

ALTER TABLE events.outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE events.outbox FORCE ROW LEVEL SECURITY;

-- A message, not a record: two weeks are what a consumer may be down. A leaf that one has not read stays.
INSERT INTO ops.partition_policies (parent, period, retention, action)
VALUES ('events.outbox', 'week', '14 days', 'drop');
SELECT ops.ensure_partitions('events.outbox', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 weeks')::date);

COMMIT;
