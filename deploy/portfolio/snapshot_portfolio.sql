-- Deploy tradebase:portfolio/snapshot_portfolio to pg
-- requires: identity/profiles_access
-- requires: identity/users_access
-- requires: market/asset_prices
-- requires: portfolio/balances_access
-- requires: portfolio/ledger_entries_access
-- requires: portfolio/portfolio_snapshots_access
-- requires: portfolio/snapshot_kind
-- requires: portfolio/transfers_access
-- requires: system/system_config_access
-- requires: trading/positions_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION portfolio.snapshot_portfolio(
    kind text, at timestamptz, user_ids uuid[] DEFAULT NULL, priced_only boolean DEFAULT FALSE
)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
-- Leaves that a time excludes are left out when it is planned.
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
DECLARE
    begun_at CONSTANT timestamptz := clock_timestamp();
    setting  text;
    platform integer;
    outcome  record;
BEGIN
    PERFORM portfolio.snapshot_kind(kind);
    -- Marks are of now: what is long past has no price any more.
    IF (
        at <= begun_at AND at > begun_at - INTERVAL '1 day'
        AND (kind = 'intraday' OR at = date_trunc('day', at))
    ) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid at'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'argument', 'at', 'expected', CASE kind
                    WHEN 'daily' THEN 'the last midnight in UTC' ELSE 'a time of the last 24 hours'
                END
            );
    END IF;
    PERFORM
    FROM unnest(user_ids) AS w (id)
    WHERE NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = w.id AND u.kind = 'customer');
    IF found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('argument', 'user_ids');
    END IF;
    SELECT c.value #>> '{}', a.id INTO setting, platform
    FROM system.system_config AS c
    LEFT JOIN market.assets AS a ON a.code = c.value #>> '{}'
    WHERE c.key = 'reporting_asset';
    IF platform IS NULL THEN
        RAISE EXCEPTION 'unknown asset'
            USING ERRCODE = 'TR011', DETAIL = jsonb_build_object('asset', setting, 'setting', 'reporting_asset');
    END IF;

    -- One statement, one state of the books: what has no price in it is in what it wrote, and takes that back.
    WITH wanted AS MATERIALIZED (
        SELECT u.id AS user_id, coalesce(p.reporting_asset_id, platform) AS reporting_asset_id, b.*
        FROM identity.users AS u
        LEFT JOIN identity.profiles AS p ON p.user_id = u.id
        LEFT JOIN LATERAL (
            SELECT
                s.taken_at AS at_before, s.reporting_asset_id AS reported_before, s.net_flow_cum::numeric AS flow_before,
                s.holdings AS holdings_before
            FROM portfolio.portfolio_snapshots AS s
            WHERE s.user_id = u.id AND s.kind = snapshot_portfolio.kind
            ORDER BY s.taken_at DESC
            LIMIT 1
        ) AS b ON TRUE
        WHERE
            u.kind = 'customer' AND (user_ids IS NULL OR u.id = ANY (user_ids))
            -- Forwards only; what is there already stays.
            AND (b.at_before < at) IS NOT FALSE
    ),

    price AS MATERIALIZED (
        SELECT r.reporting_asset_id, p.*
        FROM (SELECT DISTINCT w.reporting_asset_id FROM wanted AS w) AS r
        CROSS JOIN LATERAL market.asset_prices(r.reporting_asset_id) AS p
    ),

    -- A balance that did not move since is its own record; of another the ledger says what it was.
    holding AS MATERIALIZED (
        SELECT
            w.user_id, w.reporting_asset_id, b.asset_id, e.version, e.amount, e.moved_at,
            (w.holdings_before -> b.asset_id::text ->> 'version')::bigint AS version_before,
            (w.holdings_before -> b.asset_id::text ->> 'moved_at')::timestamptz AS moved_before,
            w.reported_before = w.reporting_asset_id AS goes_on
        FROM wanted AS w
        JOIN portfolio.balances AS b ON b.user_id = w.user_id
        CROSS JOIN LATERAL (
            SELECT b.version, b.available + b.held AS amount, b.updated_at AS moved_at
            WHERE b.updated_at < at
            UNION ALL
            (
                SELECT l.version, l.available_after + l.held_after, l.created_at
                FROM portfolio.ledger_entries AS l
                WHERE
                    b.updated_at >= at AND l.user_id = b.user_id AND l.asset_id = b.asset_id AND l.created_at < at
                ORDER BY l.version DESC
                LIMIT 1
            )
        ) AS e
    ),

    -- By version, not by time: what was committed late is in the next one. A withdrawal's fee is a cost, no flow.
    valued AS MATERIALIZED (
        SELECT
            h.*, a.code, a.kind IN ('fiat', 'stablecoin') AS is_cash, p.price, p.unpriced_market,
            coalesce(f.amount, 0) AS flow, round(h.amount * p.price, 18) AS value
        FROM holding AS h
        JOIN market.assets AS a ON a.id = h.asset_id
        LEFT JOIN price AS p ON p.reporting_asset_id = h.reporting_asset_id AND p.asset_id = h.asset_id
        LEFT JOIN LATERAL (
            SELECT sum(l.d_available + l.d_held + coalesce(t.fee, 0)) AS amount
            FROM portfolio.ledger_entries AS l
            LEFT JOIN portfolio.transfers AS t ON l.reason = 'withdrawal' AND t.id = l.ref_id
            WHERE
                h.goes_on AND h.version > coalesce(h.version_before, 0)
                AND l.user_id = h.user_id AND l.asset_id = h.asset_id
                AND l.version > coalesce(h.version_before, 0) AND l.version <= h.version
                -- The entries of a balance follow each other in time, but for a clock that was set back.
                AND l.created_at >= coalesce(h.moved_before, '-infinity') - INTERVAL '1 day'
                AND l.reason IN ('deposit', 'withdrawal', 'transfer', 'adjustment', 'opening')
        ) AS f ON TRUE
    ),

    account AS (
        SELECT
            v.user_id, sum(v.value) FILTER (WHERE v.is_cash AND v.amount <> 0) AS cash,
            sum(v.value) FILTER (WHERE NOT v.is_cash AND v.amount <> 0) AS positions_value,
            sum(round(v.flow * v.price, 18)) FILTER (WHERE v.flow <> 0) AS flow,
            jsonb_object_agg(v.asset_id, jsonb_build_object(
                'asset', v.code, 'amount', trim_scale(v.amount)::text, 'price', trim_scale(v.price)::text,
                'version', v.version, 'moved_at', v.moved_at
            )) AS holdings
        FROM valued AS v
        GROUP BY v.user_id
    ),

    standing AS MATERIALIZED (
        SELECT
            p.user_id, p.realized_pnl::numeric, p.fees::numeric, q.price, m.symbol, a.code,
            CASE WHEN p.quantity = 0 THEN 0 ELSE p.quantity * s.mark_price - p.entry_cost END AS unrealized,
            CASE WHEN p.quantity <> 0 AND s.mark_price IS NULL THEN m.symbol ELSE q.unpriced_market END AS unpriced_market
        FROM wanted AS w
        JOIN trading.positions AS p ON p.user_id = w.user_id
        JOIN market.markets AS m ON m.id = p.market_id
        JOIN market.assets AS a ON a.id = m.quote_asset_id
        LEFT JOIN market.market_state AS s ON s.market_id = p.market_id
        LEFT JOIN price AS q ON q.reporting_asset_id = w.reporting_asset_id AND q.asset_id = m.quote_asset_id
    ),

    trader AS (
        SELECT
            s.user_id, sum(round(s.unrealized * s.price, 18)) AS unrealized, sum(round(s.realized_pnl * s.price, 18)) AS realized,
            sum(round(s.fees * s.price, 18)) AS fees
        FROM standing AS s
        GROUP BY s.user_id
    ),

    unpriced AS MATERIALIZED (
        SELECT v.user_id, v.code, v.unpriced_market
        FROM valued AS v
        WHERE v.price IS NULL AND (v.amount <> 0 OR v.flow <> 0)
        UNION ALL
        SELECT s.user_id, s.code, s.unpriced_market
        FROM standing AS s
        WHERE s.price IS NULL OR s.unrealized IS NULL
    ),

    written AS (
        INSERT INTO portfolio.portfolio_snapshots (
            user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl,
            realized_pnl_cum, fees_cum, net_flow_cum, holdings
        )
        SELECT
            w.user_id, snapshot_portfolio.kind, at, w.reporting_asset_id,
            coalesce(a.cash, 0) + coalesce(a.positions_value, 0), coalesce(a.cash, 0), coalesce(a.positions_value, 0),
            coalesce(t.unrealized, 0), coalesce(t.realized, 0), coalesce(t.fees, 0),
            CASE WHEN w.reported_before = w.reporting_asset_id THEN w.flow_before + coalesce(a.flow, 0) ELSE 0 END,
            a.holdings
        FROM wanted AS w
        JOIN account AS a ON a.user_id = w.user_id
        LEFT JOIN trader AS t ON t.user_id = w.user_id
        WHERE priced_only IS NOT TRUE OR w.user_id NOT IN (SELECT x.user_id FROM unpriced AS x)
        ON CONFLICT ON CONSTRAINT portfolio_snapshots_pkey DO NOTHING
        RETURNING user_id
    )

    SELECT
        (SELECT count(*) FROM written)::integer AS rows_written, u.user_id IS NOT NULL AS is_refused, u.code,
        u.unpriced_market AS market
    INTO outcome
    FROM (SELECT) AS one
    LEFT JOIN unpriced AS u ON priced_only IS NOT TRUE
    ORDER BY u.code, u.unpriced_market
    LIMIT 1;
    -- Whose it is, and how much, stays untold.
    IF outcome.is_refused THEN
        RAISE EXCEPTION 'something has no price'
            USING ERRCODE = 'TR007', DETAIL = jsonb_build_object('asset', outcome.code, 'market', outcome.market),
            HINT = 'Set the market''s mark price, or say by which market the asset is valued.';
    END IF;
    RETURN outcome.rows_written;
END
$$;

COMMENT ON FUNCTION portfolio.snapshot_portfolio(text, timestamptz, uuid[], boolean) IS
'Writes what each customer, or each named, had at a time and what it is worth at the marks of now, in the asset of their '
'profile or the platform''s; returns how many rows. Who had nothing yet gets none, nor who has one of this time or a '
'later one: the same call again writes nothing. Takes no lock. TR007 an asset that somebody has, or the market of a '
'position, has no price: DETAIL names them, and nothing is written, unless priced_only leaves those out who have it; TR010 unknown kind, or a time that is not of the '
'last day, or not midnight for a daily one; TR011 the platform''s asset is none; TR012 unknown user.';

GRANT CREATE ON SCHEMA portfolio TO tradebase_kernel;
ALTER FUNCTION portfolio.snapshot_portfolio(text, timestamptz, uuid[], boolean) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA portfolio FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION portfolio.snapshot_portfolio(text, timestamptz, uuid[], boolean) TO tradebase_worker;

COMMIT;
