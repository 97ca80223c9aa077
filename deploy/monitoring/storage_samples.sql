-- Deploy tradebase:monitoring/storage_samples to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE monitoring.storage_samples (
    relation       text   NOT NULL,
    sampled_on     date   NOT NULL,
    kind           text   NOT NULL,
    of_table       text   NOT NULL,
    bytes          bigint NOT NULL,
    row_estimate   bigint,
    expected_bytes bigint,

    CONSTRAINT storage_samples_pkey PRIMARY KEY (relation, sampled_on),
    CONSTRAINT storage_samples_relation_check CHECK (length(relation) BETWEEN 1 AND 200),
    CONSTRAINT storage_samples_kind_check CHECK (kind IN ('database', 'table', 'partition', 'index')),
    CONSTRAINT storage_samples_of_table_check CHECK (length(of_table) BETWEEN 1 AND 200),
    CONSTRAINT storage_samples_bytes_check CHECK (bytes >= 0),
    CONSTRAINT storage_samples_row_estimate_check CHECK (row_estimate > 0),
    CONSTRAINT storage_samples_expected_bytes_check CHECK (expected_bytes BETWEEN 0 AND bytes)
);

COMMENT ON TABLE monitoring.storage_samples IS
'How large a table, leaf or index, or the whole database, was on a day; kept for 90 days. '
'[not audited: it is a measurement]';
COMMENT ON COLUMN monitoring.storage_samples.relation IS 'Its name with its schema; database is the whole of it.';
COMMENT ON COLUMN monitoring.storage_samples.of_table IS 'The table that a leaf or an index belongs to in the end.';
COMMENT ON COLUMN monitoring.storage_samples.row_estimate IS
'Rows as ANALYZE and vacuum last counted them; NULL where they have not, or there are none.';
COMMENT ON COLUMN monitoring.storage_samples.expected_bytes IS
'What so many rows took when they took least in any sample of it: the rest is bloat, or rows have become wider. NULL '
'where rows are not known.';

-- "How is it today?", and what is old enough to go.
CREATE INDEX storage_samples_sampled_on_idx ON monitoring.storage_samples (sampled_on);

ALTER TABLE monitoring.storage_samples ENABLE ROW LEVEL SECURITY;
ALTER TABLE monitoring.storage_samples FORCE ROW LEVEL SECURITY;

COMMIT;
