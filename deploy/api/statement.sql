-- Deploy tradebase:api/statement to pg
-- requires: core/page_size
-- requires: market/asset_id
-- requires: portfolio/ledger_entries_access

BEGIN;

CALL ops.guard_deploy();

-- Plain SQL that is inlined: the caller's query is planned with the cursor in it, under the caller's policies.
CREATE FUNCTION api.statement(asset text, before_version bigint DEFAULT NULL, max_rows integer DEFAULT 100)
RETURNS TABLE (
    version bigint, created_at timestamptz, reason text, ref_id uuid, d_available text, d_held text,
    available_after text, held_after text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT
        l.version, l.created_at, l.reason, l.ref_id, trim_scale(l.d_available)::text, trim_scale(l.d_held)::text,
        trim_scale(l.available_after)::text, trim_scale(l.held_after)::text
    FROM portfolio.ledger_entries AS l
    WHERE
        l.asset_id = (SELECT market.asset_id(statement.asset))
        -- A CASE: beside a policy the planner searches no index for a coalesce().
        AND l.version < CASE
            WHEN statement.before_version IS NULL THEN 9223372036854775807 ELSE statement.before_version
        END
    ORDER BY l.version DESC
    -- A SELECT: a planner that knew how many would sort all of a busy user's rows for a page longer than the average
    -- user has.
    LIMIT (SELECT core.page_size(statement.max_rows));
END;

COMMENT ON FUNCTION api.statement(text, bigint, integer) IS
'The changes of my balance of an asset, newest first, amounts as text; ref_id is my order or transfer, or the '
'settlement it was in. Go on with before_version, the last version seen: what happens meanwhile comes before it. TR010 '
'max_rows is not 1 to 1000, TR011 unknown asset.';

GRANT EXECUTE ON FUNCTION api.statement(text, bigint, integer) TO authenticated;

COMMIT;
