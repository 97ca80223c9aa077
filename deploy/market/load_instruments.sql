-- Deploy tradebase:market/load_instruments to pg
-- requires: market/markets_access
-- requires: market/stage_instruments

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.load_instruments()
RETURNS TABLE (outcome text, instruments bigint, example text)
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    header CONSTANT text
    := 'market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size';
    number CONSTANT text := '^[0-9]{1,17}([.][0-9]{1,30})?([eE]-[0-9]{1,2})?$';
    bad    record;
BEGIN
    -- For plpgsql_check alone, which supabase db lint asks: the table that is there when this runs.
    PERFORM 'PRAGMA:TABLE: instrument_lines (line bigint, content text, venue text, asset_class text, kind text, '
    'base text, quote text, symbol text, tick numeric, lot numeric, minimum numeric, outcome text)';

    SELECT l.content INTO bad FROM pg_temp.instrument_lines AS l WHERE l.line = 1;
    IF bad.content IS NULL OR bad.content NOT LIKE header || '%' THEN
        RAISE EXCEPTION 'line 1 is not the header of an instrument file'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('line', 1, 'expected', header),
            HINT = 'After a COPY that failed call market.stage_instruments() again: it has counted the lines.';
    END IF;

    -- Nobody analyzes a temporary table but us.
    ANALYZE pg_temp.instrument_lines;

    -- Comments, blank lines and missing trailing columns are usual. Anything else malformed stops the load.
    SELECT l.line INTO bad
    FROM pg_temp.instrument_lines AS l
    CROSS JOIN LATERAL string_to_array(l.content, ',') AS f
    WHERE
        l.line > 1 AND l.content !~ '^\s*(#|$)'
        AND NOT coalesce(
            cardinality(f) BETWEEN 8 AND 12 AND l.content !~ '"' AND f[1] ~ '^[a-z0-9]{1,32}$'
            AND f[2] <> '' AND f[3] <> ''
            AND f[5] ~ '^[A-Z0-9]{1,32}$' AND f[7] ~ number AND f[8] ~ number
            AND (coalesce(f[10], '') = '' OR f[10] ~ number), FALSE
        )
    ORDER BY l.line
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'line % is not an instrument', bad.line
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'line', bad.line, 'expected', '8 to 12 unquoted fields: ' || header || ',...; tick and lot plain '
                'numbers'
            );
    END IF;

    UPDATE pg_temp.instrument_lines AS l
    SET
        venue = p.f[1], asset_class = p.f[3], quote = p.f[5], tick = p.f[7]::numeric, lot = p.f[8]::numeric,
        base = left(p.f[2], -length(p.f[5])),
        kind = CASE
            WHEN p.f[3] IN ('crypto', 'forex') THEN 'spot' WHEN p.f[3] = 'cryptofuture' THEN 'perpetual' ELSE p.f[3]
        END,
        symbol = format(
            '%s:%s-%s%s', upper(p.f[1]), left(p.f[2], -length(p.f[5])), p.f[5],
            CASE p.f[3] WHEN 'cryptofuture' THEN '-PERP' END
        ),
        minimum = nullif(nullif(p.f[10], '')::numeric, 0),
        outcome = CASE
            WHEN p.f[3] NOT IN ('crypto', 'forex', 'cryptofuture', 'cfd') THEN format('type %s is not taken', p.f[3])
            WHEN p.f[2] = '[*]' THEN 'a wildcard, not an instrument'
            WHEN p.f[2] !~ '^[ -~]+$' THEN 'symbol is not ASCII'
            WHEN right(p.f[2], length(p.f[5])) <> p.f[5] OR p.f[2] = p.f[5]
                THEN 'symbol does not end in its quote currency'
            WHEN left(p.f[2], -length(p.f[5])) !~ '^[A-Z0-9][A-Z0-9.]{0,31}$' THEN 'base is not an asset code'
            WHEN left(p.f[2], -length(p.f[5])) = p.f[5] THEN 'base and quote are the same'
            WHEN p.f[7]::numeric = 0 OR p.f[8]::numeric = 0 THEN 'tick or lot is zero'
            WHEN min_scale(p.f[7]::numeric) + min_scale(p.f[8]::numeric) > 18
                THEN 'tick and lot need more than 18 decimals'
            WHEN min_scale(nullif(p.f[10], '')::numeric) > 18 THEN 'smallest order needs more than 18 decimals'
        END
    FROM (
        SELECT i.line, string_to_array(i.content, ',') AS f
        FROM pg_temp.instrument_lines AS i
        WHERE i.line > 1 AND i.content !~ '^\s*(#|$)'
    ) AS p
    WHERE l.line = p.line;

    SELECT l.line, l.first_line INTO bad
    FROM (
        SELECT
            i.line,
            -- One symbol, one market; and a bar file knows an instrument by its two codes written together.
            least(
                min(i.line) OVER (PARTITION BY i.symbol),
                min(i.line) OVER (PARTITION BY i.venue, i.base || i.quote, i.kind)
            ) AS first_line
        FROM pg_temp.instrument_lines AS i
        WHERE i.venue IS NOT NULL AND i.outcome IS NULL
    ) AS l
    WHERE l.line > l.first_line
    ORDER BY l.line
    LIMIT 1;
    IF found THEN
        RAISE EXCEPTION 'line % repeats the instrument of line %', bad.line, bad.first_line
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('line', bad.line, 'expected', 'each instrument once');
    END IF;

    -- An asset is what its instruments make of it: traded as forex it is money, seen only under a cfd a contract.
    INSERT INTO market.assets (code, name, kind, scale, display_scale)
    SELECT
        a.code, a.code,
        CASE
            WHEN a.code IN ('XAU', 'XAG', 'XPT', 'XPD', 'XCU') THEN 'commodity'
            WHEN bool_or(a.is_money) THEN 'fiat'
            WHEN a.code IN ('USDT', 'USDC', 'BUSD', 'FDUSD', 'TUSD', 'USDP', 'DAI', 'PYUSD', 'EURT', 'EURI', 'AEUR')
                THEN 'stablecoin'
            WHEN bool_and(a.is_contract) THEN 'contract'
            ELSE 'crypto'
        END,
        18, 8
    FROM (
        SELECT l.base AS code, l.asset_class = 'forex' AS is_money, l.kind = 'cfd' AS is_contract
        FROM pg_temp.instrument_lines AS l
        WHERE l.venue IS NOT NULL AND l.outcome IS NULL
        UNION ALL
        SELECT l.quote, l.asset_class IN ('forex', 'cfd'), FALSE
        FROM pg_temp.instrument_lines AS l
        WHERE l.venue IS NOT NULL AND l.outcome IS NULL
    ) AS a
    WHERE NOT EXISTS (SELECT FROM market.assets AS known WHERE known.code = a.code)
    GROUP BY a.code
    ORDER BY a.code;

    -- An asset that was here before keeps its scale, and a market needs room in it.
    UPDATE pg_temp.instrument_lines AS l
    SET outcome = CASE
        WHEN EXISTS (
            SELECT FROM market.markets AS m
            WHERE m.venue = l.venue AND m.base_asset_id = b.id AND m.quote_asset_id = q.id AND m.kind = l.kind
        ) THEN 'already there'
        WHEN EXISTS (
            SELECT FROM market.markets AS m
            JOIN market.assets AS mb ON mb.id = m.base_asset_id
            JOIN market.assets AS mq ON mq.id = m.quote_asset_id
            WHERE
                m.symbol = l.symbol
                OR (m.venue = l.venue AND m.kind = l.kind AND mb.code || mq.code = l.base || l.quote)
        ) THEN 'another market has its symbol'
        WHEN min_scale(l.lot) > b.scale OR min_scale(l.tick) + min_scale(l.lot) > q.scale
            THEN 'ledger scale of its assets is too small'
        ELSE 'loaded'
    END
    FROM market.assets AS b, market.assets AS q
    WHERE l.venue IS NOT NULL AND l.outcome IS NULL AND b.code = l.base AND q.code = l.quote;

    -- Binance states its smallest order in the quote asset, every other venue in the base asset (LEAN's
    -- SymbolProperties and BinanceBrokerageModel).
    INSERT INTO market.markets (
        symbol, venue, kind, base_asset_id, quote_asset_id, status, tick_size, lot_size, min_quantity, min_notional
    )
    SELECT
        l.symbol, l.venue, l.kind, b.id, q.id, CASE l.kind WHEN 'spot' THEN 'open' ELSE 'closed' END, l.tick, l.lot,
        CASE WHEN l.venue NOT IN ('binance', 'binanceus') THEN l.minimum END,
        CASE WHEN l.venue IN ('binance', 'binanceus') THEN l.minimum END
    FROM pg_temp.instrument_lines AS l
    JOIN market.assets AS b ON b.code = l.base
    JOIN market.assets AS q ON q.code = l.quote
    WHERE l.outcome = 'loaded'
    ORDER BY l.line;

    -- Whoever loads bars next joins them.
    ANALYZE market.assets, market.markets;

    RETURN QUERY
    SELECT l.outcome, count(*), (array_agg(format('line %s: %s', l.line, l.content) ORDER BY l.line))[1]
    FROM pg_temp.instrument_lines AS l
    WHERE l.venue IS NOT NULL
    GROUP BY l.outcome
    ORDER BY count(*) DESC, l.outcome;
END
$$;

COMMENT ON FUNCTION market.load_instruments() IS
'Makes assets and markets from pg_temp.instrument_lines (LEAN''s symbol properties). One row per outcome: loaded, '
'already there, or the reason why an instrument cannot be a market, with a count and the first line. TR010 names the '
'first line that is no instrument, or repeats one: nothing is loaded. Each line''s own outcome stays in the temporary '
'table.';

COMMIT;
