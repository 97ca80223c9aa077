-- Deploy tradebase:portfolio/ledger_entries to pg
-- requires: core/numbers
-- requires: core/refuse_change
-- requires: ops/ensure_partitions
-- requires: portfolio/ledger_reason

BEGIN;

CALL ops.guard_deploy();

CREATE TABLE portfolio.ledger_entries (
    id              bigint                  GENERATED ALWAYS AS IDENTITY,
    created_at      timestamptz             NOT NULL DEFAULT clock_timestamp(),
    journal_id      uuid                    NOT NULL,
    reason          portfolio.ledger_reason NOT NULL,
    ref_id          uuid                    NOT NULL,
    user_id         uuid                    NOT NULL,
    asset_id        integer                 NOT NULL,
    d_available     core.delta              NOT NULL,
    d_held          core.delta              NOT NULL,
    available_after core.amount,
    held_after      core.amount,
    version         bigint,

    CONSTRAINT ledger_entries_pkey PRIMARY KEY (id, created_at),
    CONSTRAINT ledger_entries_delta_check CHECK (d_available <> 0 OR d_held <> 0),
    CONSTRAINT ledger_entries_version_check CHECK (
        (version IS NULL) = (available_after IS NULL) AND (version IS NULL) = (held_after IS NULL) AND version > 0
    )
) PARTITION BY RANGE (created_at);

COMMENT ON TABLE portfolio.ledger_entries IS
'What one journal did to one balance. Append-only, and the truth: balances are its sum. Every journal sums to zero per '
'asset. No foreign keys: checking them would lock the one row of an asset in every transaction; ops.verify_integrity() '
'looks for orphans instead. [not audited: append-only, it is the record]';
COMMENT ON COLUMN portfolio.ledger_entries.journal_id IS
'The command that moved the money; all its entries are written by one INSERT.';
COMMENT ON COLUMN portfolio.ledger_entries.ref_id IS 'The order or transfer it was for.';
COMMENT ON COLUMN portfolio.ledger_entries.d_available IS 'Change of the available amount, in units of the asset.';
COMMENT ON COLUMN portfolio.ledger_entries.d_held IS 'Change of the held amount, in units of the asset.';
COMMENT ON COLUMN portfolio.ledger_entries.available_after IS
'The balance after it; NULL for a system account, which has no balance row.';
COMMENT ON COLUMN portfolio.ledger_entries.version IS
'Counts the entries of one balance from 1 without a gap; NULL for a system account.';

-- A statement, newest first, and a balance at any time, both from the index alone.
CREATE INDEX ledger_entries_user_id_asset_id_version_idx
ON portfolio.ledger_entries (user_id, asset_id, version DESC) INCLUDE (available_after, held_after);
CREATE INDEX ledger_entries_journal_id_idx ON portfolio.ledger_entries (journal_id);
CREATE INDEX ledger_entries_created_at_idx
ON portfolio.ledger_entries USING brin (created_at) WITH (pages_per_range = 32, autosummarize = on);

CREATE FUNCTION portfolio.ledger_entries_balance()
RETURNS trigger
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    unbalanced record;
BEGIN
    SELECT n.journal_id, n.asset_id, sum(n.d_available + n.d_held) AS excess INTO unbalanced
    FROM new_rows AS n
    GROUP BY n.journal_id, n.asset_id
    HAVING sum(n.d_available + n.d_held) <> 0
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'a journal does not sum to zero'
            USING ERRCODE = 'TR901', DETAIL = jsonb_build_object(
                'journal_id', unbalanced.journal_id, 'asset_id', unbalanced.asset_id, 'excess', unbalanced.excess::text
            );
    END IF;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION portfolio.ledger_entries_balance() IS
'Trigger of portfolio.ledger_entries: money is moved, never made. TR901 when a journal in the statement, INSERT or '
'COPY, does not sum to zero per asset.';

CREATE TRIGGER ledger_entries_balance
AFTER INSERT ON portfolio.ledger_entries
REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION portfolio.ledger_entries_balance();

CREATE TRIGGER ledger_entries_append_only
BEFORE UPDATE OR DELETE ON portfolio.ledger_entries
FOR EACH ROW EXECUTE FUNCTION core.refuse_change('portfolio.ledger_entries');

CREATE TRIGGER ledger_entries_no_truncate
BEFORE TRUNCATE ON portfolio.ledger_entries
FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change('portfolio.ledger_entries');

-- A replica's apply, or a session that calls itself one, is held to the same.
ALTER TABLE portfolio.ledger_entries
ENABLE ALWAYS TRIGGER ledger_entries_balance,
ENABLE ALWAYS TRIGGER ledger_entries_append_only,
ENABLE ALWAYS TRIGGER ledger_entries_no_truncate;

ALTER TABLE portfolio.ledger_entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE portfolio.ledger_entries FORCE ROW LEVEL SECURITY;

INSERT INTO ops.partition_policies (parent, period) VALUES ('portfolio.ledger_entries', 'month');
SELECT ops.ensure_partitions('portfolio.ledger_entries', CURRENT_DATE, (CURRENT_DATE + INTERVAL '3 months')::date);

COMMIT;
