-- Deploy tradebase:events/undelivered to pg
-- requires: events/consumers
-- requires: events/outbox

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE events.undelivered (
    consumer   text        NOT NULL,
    event_id   bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    failed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts   integer     NOT NULL DEFAULT 1,
    next_at    timestamptz NOT NULL DEFAULT clock_timestamp() + INTERVAL '1 second',
    error      text        NOT NULL,

    CONSTRAINT undelivered_pkey PRIMARY KEY (consumer, event_id),
    CONSTRAINT undelivered_consumer_fkey FOREIGN KEY (consumer) REFERENCES events.consumers (name) ON DELETE CASCADE,
    CONSTRAINT undelivered_attempts_check CHECK (attempts >= 1),
    CONSTRAINT undelivered_error_check CHECK (length(error) <= 1000)
);

COMMENT ON TABLE events.undelivered IS
'Events that a consumer has read past because they alone could not be delivered, and will deliver once they can. '
'[not audited: what is in it is gone once it is delivered]';
COMMENT ON COLUMN events.undelivered.created_at IS 'Of the event: names its leaf.';
COMMENT ON COLUMN events.undelivered.next_at IS 'When it is tried again: twice as long after each attempt, at most five minutes.';

-- No policy yet: until events/undelivered_access is deployed nobody sees a row, its owner included.
ALTER TABLE events.undelivered ENABLE ROW LEVEL SECURITY;
ALTER TABLE events.undelivered FORCE ROW LEVEL SECURITY;

COMMIT;
