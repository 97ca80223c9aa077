-- Deploy tradebase:portfolio/balance_at to pg
-- requires: identity/users_access
-- requires: market/assets_access
-- requires: portfolio/ledger_checkpoints_access
-- requires: portfolio/ledger_entries_access

BEGIN;

CALL ops.guard_deploy();

-- With the caller's rights: users see their own, auditors and analysts everybody's.
CREATE FUNCTION portfolio.balance_at(user_id uuid, asset text, at timestamptz)
RETURNS jsonb
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
-- Leaves outside the time are left out when it is planned; the others are read by their index alone.
SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
DECLARE
    wrong_argument text;
    coin_id        integer;
    from_at        timestamptz;
    last_version   bigint;
    available      numeric;
    held           numeric;
    newest         record;
    next_version   bigint;
BEGIN
    wrong_argument := CASE WHEN user_id IS NULL THEN 'user_id' WHEN at IS NULL THEN 'at' END;
    IF wrong_argument IS NOT NULL THEN
        RAISE EXCEPTION 'invalid %', wrong_argument
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('argument', wrong_argument, 'expected', 'a value');
    END IF;
    SELECT a.id INTO coin_id FROM market.assets AS a WHERE a.code = balance_at.asset;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown asset' USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', asset);
    END IF;
    -- Who may not see them does not know them.
    PERFORM FROM identity.users AS u WHERE u.id = balance_at.user_id;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    END IF;

    -- The last checkpoint, and the newest entry after it: by version, which is the order of a balance. An account of
    -- the platform counts no versions: its entries are added up.
    SELECT c.as_of, c.version, c.available::numeric, c.held::numeric INTO from_at, last_version, available, held
    FROM portfolio.ledger_checkpoints AS c
    WHERE c.user_id = balance_at.user_id AND c.asset_id = coin_id AND c.as_of <= at
    ORDER BY c.as_of DESC
    LIMIT 1;
    SELECT l.version, l.available_after AS available, l.held_after AS held INTO newest
    FROM portfolio.ledger_entries AS l
    WHERE
        l.user_id = balance_at.user_id AND l.asset_id = coin_id
        AND l.created_at >= coalesce(from_at, '-infinity') AND l.created_at <= at
        -- Where the clock went back, an entry of the checkpoint's may be later than it.
        AND (l.version > coalesce(last_version, 0)) IS NOT FALSE
    ORDER BY l.version DESC
    LIMIT 1;
    IF found AND newest.version IS NULL THEN
        SELECT coalesce(available, 0) + sum(l.d_available), coalesce(held, 0) + sum(l.d_held) INTO available, held
        FROM portfolio.ledger_entries AS l
        WHERE
            l.user_id = balance_at.user_id AND l.asset_id = coin_id
            AND l.created_at >= coalesce(from_at, '-infinity') AND l.created_at <= at;
    ELSIF found THEN
        last_version := newest.version;
        available := newest.available;
        held := newest.held;
    END IF;

    -- Before a later checkpoint, leaves may be gone: it is known only where the next entry follows.
    PERFORM
    FROM portfolio.ledger_checkpoints AS c
    WHERE
        c.user_id = balance_at.user_id AND c.asset_id = coin_id AND c.as_of > at
        AND (c.version > coalesce(last_version, 0)) IS NOT FALSE;
    IF found AND from_at IS DISTINCT FROM at THEN
        SELECT l.version INTO next_version
        FROM portfolio.ledger_entries AS l
        WHERE l.user_id = balance_at.user_id AND l.asset_id = coin_id AND l.version > coalesce(last_version, 0)
        ORDER BY l.version
        LIMIT 1;
        IF next_version IS DISTINCT FROM coalesce(last_version, 0) + 1 THEN
            RAISE EXCEPTION 'the ledger no longer says'
                USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                    'argument', 'at', 'expected', 'a time that the ledger, or a checkpoint, still covers'
                );
        END IF;
    END IF;

    RETURN jsonb_build_object(
        'asset', asset, 'at', at, 'available', trim_scale(coalesce(available, 0))::text,
        'held', trim_scale(coalesce(held, 0))::text, 'version', coalesce(last_version, 0)
    );
END
$$;

COMMENT ON FUNCTION portfolio.balance_at(uuid, text, timestamptz) IS
'What a user had of an asset after the last entry until at, amounts as text; zero, with version 0, before the first. Of '
'an account of the platform, whose version is 0 always, before a checkpoint only at a checkpoint. TR010 invalid '
'argument, or a time of which the leaves are gone; TR011 unknown asset, TR012 unknown user, or not the caller''s.';

GRANT EXECUTE ON FUNCTION portfolio.balance_at(uuid, text, timestamptz)
TO authenticated, tradebase_auditor, tradebase_reporter;

COMMIT;
