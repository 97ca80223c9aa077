-- Deploy tradebase:monitoring/pool_samples to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE monitoring.pool_samples (
    sampled_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    pool            text        NOT NULL,
    login           text        NOT NULL,
    clients_active  integer     NOT NULL,
    clients_waiting integer     NOT NULL,
    servers_active  integer     NOT NULL,
    servers_idle    integer     NOT NULL,
    max_wait        interval    NOT NULL,

    CONSTRAINT pool_samples_pkey PRIMARY KEY (sampled_at, pool, login),
    CONSTRAINT pool_samples_pool_check CHECK (length(pool) BETWEEN 1 AND 63),
    CONSTRAINT pool_samples_login_check CHECK (length(login) BETWEEN 1 AND 63),
    CONSTRAINT pool_samples_clients_active_check CHECK (clients_active >= 0),
    CONSTRAINT pool_samples_clients_waiting_check CHECK (clients_waiting >= 0),
    CONSTRAINT pool_samples_servers_active_check CHECK (servers_active >= 0),
    CONSTRAINT pool_samples_servers_idle_check CHECK (servers_idle >= 0),
    CONSTRAINT pool_samples_max_wait_check CHECK (max_wait >= INTERVAL '0')
);

COMMENT ON TABLE monitoring.pool_samples IS
'What PgBouncer said of one of its pools at a moment, as only its own console can; kept for a day. '
'[not audited: it is a measurement]';
COMMENT ON COLUMN monitoring.pool_samples.pool IS 'The database as clients call it.';
COMMENT ON COLUMN monitoring.pool_samples.login IS 'As whom they come; a pool is of one database and one login.';
COMMENT ON COLUMN monitoring.pool_samples.max_wait IS 'How long the client that has waited longest had waited.';

ALTER TABLE monitoring.pool_samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring.pool_samples FORCE ROW LEVEL SECURITY;

COMMIT;
