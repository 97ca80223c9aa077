-- Deploy tradebase:portfolio/post_journal to pg
-- requires: identity/users_access
-- requires: market/assets_access
-- requires: portfolio/balances_access
-- requires: portfolio/ledger_entries_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.post_journal(
    journal_id uuid, reason text, ref_id uuid,
    user_ids uuid[], asset_ids integer[], d_available numeric[], d_held numeric[]
)
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
-- A plan made while the tables were empty must not stay.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
-- A caller that joins its sets by hashing must not have all balances read here.
SET enable_nestloop = on
SET lock_timeout = '2s'
AS $$
DECLARE
    posted_at timestamptz;
    refusals  bigint;
    after     portfolio.balances%ROWTYPE;
    refused   record;
BEGIN
    IF (cardinality(user_ids), cardinality(user_ids), cardinality(user_ids))
        IS DISTINCT FROM (
            cardinality(asset_ids), cardinality(post_journal.d_available), cardinality(post_journal.d_held)
        )
    THEN
        RAISE EXCEPTION 'the lines of a journal are as many users as assets and changes'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_ids');
    END IF;
    IF (
        1e20 > ALL (post_journal.d_available || post_journal.d_held)
        AND -1e20 < ALL (post_journal.d_available || post_journal.d_held)
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'a change of a balance is a number within 1e20'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'd_available');
    END IF;

    -- A hold or its release is a single line: its update is the lock, and it goes without the sorting and summing.
    IF cardinality(user_ids) = 1 THEN
        IF d_available[1] = 0 AND d_held[1] = 0 THEN
            RETURN;
        END IF;
        FOR attempt IN 1..2 LOOP
            UPDATE portfolio.balances AS b
            SET
                available = b.available + post_journal.d_available[1], held = b.held + post_journal.d_held[1],
                version = b.version + 1, updated_at = clock_timestamp()
            WHERE
                b.user_id = post_journal.user_ids[1] AND b.asset_id = post_journal.asset_ids[1]
                AND b.available + post_journal.d_available[1] >= 0
                AND b.available + post_journal.d_available[1] < 1e20
                AND b.held + post_journal.d_held[1] >= 0 AND b.held + post_journal.d_held[1] < 1e20
            RETURNING * INTO after;
            IF found THEN
                INSERT INTO portfolio.ledger_entries (
                    created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held,
                    available_after, held_after, version
                )
                VALUES (
                    after.updated_at, post_journal.journal_id, post_journal.reason, post_journal.ref_id,
                    after.user_id, after.asset_id, post_journal.d_available[1], post_journal.d_held[1],
                    after.available, after.held, after.version
                );
                RETURN;
            END IF;
            -- Refused: look again with the row locked, or a deposit between here and below would leave no reason.
            PERFORM
            FROM portfolio.balances AS b
            WHERE b.user_id = post_journal.user_ids[1] AND b.asset_id = post_journal.asset_ids[1]
            FOR NO KEY UPDATE;
        END LOOP;
    ELSE
        -- A customer's first touch of an asset makes the row that is locked below.
        INSERT INTO portfolio.balances (user_id, asset_id)
        SELECT DISTINCT l.user_id, l.asset_id
        FROM unnest(post_journal.user_ids, post_journal.asset_ids) AS l (user_id, asset_id)
        JOIN identity.users AS u ON u.id = l.user_id AND u.kind = 'customer'
        WHERE NOT EXISTS (
            SELECT FROM portfolio.balances AS b WHERE b.user_id = l.user_id AND b.asset_id = l.asset_id
        )
        ORDER BY l.user_id, l.asset_id
        ON CONFLICT ON CONSTRAINT balances_pkey DO NOTHING;

        -- All of them, in one order: two journals that share balances wait for each other and never deadlock.
        PERFORM
        FROM portfolio.balances AS b
        JOIN (
            SELECT DISTINCT l.user_id, l.asset_id
            FROM unnest(post_journal.user_ids, post_journal.asset_ids) AS l (user_id, asset_id)
        ) AS k ON k.user_id = b.user_id AND k.asset_id = b.asset_id
        ORDER BY b.user_id, b.asset_id
        FOR NO KEY UPDATE OF b;

        -- After the locks: of two journals that queued for one balance, the later version carries the later time.
        posted_at := clock_timestamp();

        WITH delta AS (
            SELECT l.user_id, l.asset_id, sum(l.d_available) AS d_available, sum(l.d_held) AS d_held
            FROM unnest(
                post_journal.user_ids, post_journal.asset_ids, post_journal.d_available, post_journal.d_held
            ) AS l (user_id, asset_id, d_available, d_held)
            GROUP BY l.user_id, l.asset_id
            HAVING sum(l.d_available) <> 0 OR sum(l.d_held) <> 0
        ),

        balance AS (
            UPDATE portfolio.balances AS b
            SET
                available = b.available + d.d_available, held = b.held + d.d_held, version = b.version + 1,
                updated_at = posted_at
            FROM delta AS d
            WHERE
                b.user_id = d.user_id AND b.asset_id = d.asset_id
                AND b.available + d.d_available >= 0 AND b.available + d.d_available < 1e20
                AND b.held + d.d_held >= 0 AND b.held + d.d_held < 1e20
            RETURNING b.user_id, b.asset_id, b.available, b.held, b.version
        ),

        entry AS (
            INSERT INTO portfolio.ledger_entries (
                created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held,
                available_after, held_after, version
            )
            SELECT
                posted_at, post_journal.journal_id, post_journal.reason, post_journal.ref_id, d.user_id, d.asset_id,
                d.d_available, d.d_held, b.available, b.held, b.version
            FROM delta AS d
            LEFT JOIN balance AS b ON b.user_id = d.user_id AND b.asset_id = d.asset_id
            ORDER BY d.user_id, d.asset_id
            RETURNING user_id, version
        )

        -- Only an account of the platform has entries and no balance.
        SELECT count(*) INTO refusals
        FROM entry AS e
        WHERE
            e.version IS NULL
            AND NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = e.user_id AND u.kind = 'system');
        IF refusals = 0 THEN
            RETURN;
        END IF;
    END IF;

    -- Say why; the exception takes back what was written.
    SELECT
        u.id IS NULL AS is_unknown, a.code, d.d_available, d.d_held, coalesce(b.available, 0) AS available,
        coalesce(b.held, 0) AS held
    INTO refused
    FROM (
        SELECT l.user_id, l.asset_id, sum(l.d_available) AS d_available, sum(l.d_held) AS d_held
        FROM unnest(
            post_journal.user_ids, post_journal.asset_ids, post_journal.d_available, post_journal.d_held
        ) AS l (user_id, asset_id, d_available, d_held)
        GROUP BY l.user_id, l.asset_id
    ) AS d
    LEFT JOIN identity.users AS u ON u.id = d.user_id
    LEFT JOIN portfolio.balances AS b ON b.user_id = d.user_id AND b.asset_id = d.asset_id
    LEFT JOIN market.assets AS a ON a.id = d.asset_id
    WHERE
        u.id IS NULL
        OR (u.kind = 'customer' AND (
            coalesce(b.available, 0) + d.d_available < 0 OR coalesce(b.held, 0) + d.d_held < 0
            OR b.available + d.d_available >= 1e20 OR b.held + d.d_held >= 1e20
        ))
    ORDER BY u.id IS NOT NULL, d.user_id, d.asset_id
    LIMIT 1;
    IF NOT found THEN
        RAISE EXCEPTION 'an account of the platform holds nothing'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'user_ids');
    ELSIF refused.is_unknown THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'user_ids');
    ELSIF refused.available + refused.d_available < 0 THEN
        RAISE EXCEPTION 'insufficient available balance'
            USING ERRCODE = 'TR101', DETAIL = jsonb_build_object(
                'asset', refused.code, 'needed', (-refused.d_available)::text, 'available', refused.available::text
            );
    ELSIF refused.held + refused.d_held < 0 THEN
        RAISE EXCEPTION 'insufficient held balance'
            USING ERRCODE = 'TR102', DETAIL = jsonb_build_object(
                'asset', refused.code, 'needed', (-refused.d_held)::text, 'held', refused.held::text
            );
    END IF;
    RAISE EXCEPTION 'a balance must stay below 1e20'
        USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', 'amount', 'asset', refused.code);
END
$$;

COMMENT ON FUNCTION portfolio.post_journal(uuid, text, uuid, uuid[], integer[], numeric[], numeric[]) IS
'The one way money moves: locks the balances in order, changes them, and writes one ledger entry each, in one journal '
'that must sum to zero per asset. Line i moves d_available[i] and d_held[i] units of asset_ids[i] for user_ids[i]; '
'lines of one balance are added up. TR010 lines of unequal number, or a balance would reach 1e20; TR012 unknown user; '
'TR101 available, TR102 held would fall below zero; TR901 no zero sum.';

-- Runs inside the definer functions of the kernel and for nobody else.
GRANT EXECUTE ON FUNCTION portfolio.post_journal(uuid, text, uuid, uuid[], integer[], numeric[], numeric[])
TO tradebase_kernel;

COMMIT;
