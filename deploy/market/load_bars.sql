-- Deploy tradebase:market/load_bars to pg
-- requires: market/markets_access
-- requires: market/price_history_access
-- requires: market/stage_bars

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.load_bars(max_gap interval DEFAULT NULL)
RETURNS TABLE (
    bars_read bigint, bars_loaded bigint, already_there bigint, markets bigint,
    first_bar timestamptz, last_bar timestamptz, gaps bigint
)
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    -- What a cast to numeric takes, but NaN and Infinity.
    number  CONSTANT text := '^\s*[+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,3})?\s*$';
    month   date;
    bad     record;
    refusal text;
    early   bigint;
    far     bigint;
BEGIN
    -- For plpgsql_check alone, which supabase db lint asks: the tables that are there when this runs.
    PERFORM 'PRAGMA:TABLE: bar_lines (venue text, symbol text, asset_class text, ts_utc text, open text, high text, '
    'low text, close text, volume text, price_kind text, line bigint)';
    PERFORM 'PRAGMA:TABLE: bar_instruments (market_id integer, venue text, symbol text, asset_class text)';

    IF max_gap < INTERVAL '1 minute' THEN
        RAISE EXCEPTION 'invalid max_gap' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'max_gap', 'expected', 'a minute, which is no gap, or more'
        );
    END IF;
    -- Lines are counted as they are copied, those of a COPY that failed too.
    SELECT min(l.line) AS first_line INTO bad FROM pg_temp.bar_lines AS l;
    IF bad.first_line IS DISTINCT FROM 2 THEN
        RAISE EXCEPTION 'line 2 is missing: there is no bar, or a COPY failed before'
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('line', 2, 'expected', 'a bar'),
            HINT = 'Call market.stage_bars() again and copy the whole file once.';
    END IF;

    CREATE TEMPORARY TABLE bar_instruments ON COMMIT DROP AS
    SELECT m.id AS market_id, m.venue, b.code || q.code AS symbol, c.asset_class
    FROM market.markets AS m
    JOIN market.assets AS b ON b.id = m.base_asset_id
    JOIN market.assets AS q ON q.id = m.quote_asset_id
    JOIN (VALUES ('crypto', 'spot'), ('forex', 'spot'), ('cryptofuture', 'perpetual'), ('cfd', 'cfd'))
        AS c (asset_class, kind) ON c.kind = m.kind;
    -- Nobody analyzes a temporary table but us, and without it a join of the two may take hours.
    ANALYZE pg_temp.bar_lines, pg_temp.bar_instruments;

    -- A good file passes in one go: casts, domains, CHECKs and keys find whatever is wrong, and which line it was is
    -- asked only then.
    BEGIN
        SELECT count(*), min(to_timestamp(l.ts_utc::bigint)), max(to_timestamp(l.ts_utc::bigint))
        INTO bars_read, first_bar, last_bar
        FROM pg_temp.bar_lines AS l;

        -- A time that is out of the question must not become a leaf; nor may what no column would keep pass unread.
        IF first_bar < TIMESTAMPTZ '1970-01-01 00:00:00+00' OR last_bar > now()
            OR EXISTS (
                SELECT FROM pg_temp.bar_lines AS l
                WHERE
                    l.ts_utc IS NULL
                    OR (l.price_kind IN ('bid', 'trade')) IS NOT TRUE
                    OR (l.price_kind = 'trade') <> (l.volume IS NOT NULL)
            )
        THEN
            RAISE data_exception;
        END IF;

        FOR month IN
            SELECT DISTINCT date_trunc('month', to_timestamp(l.ts_utc::bigint))::date FROM pg_temp.bar_lines AS l
        LOOP
            PERFORM ops.ensure_partitions('market.price_history', month, month);
        END LOOP;

        INSERT INTO market.price_history (
            market_id, interval, bucket_start, source, open, high, low, close, base_volume, closed
        )
        SELECT
            i.market_id, '1m', to_timestamp(l.ts_utc::bigint), 'external',
            l.open::numeric, l.high::numeric, l.low::numeric, l.close::numeric, l.volume::numeric, TRUE
        FROM pg_temp.bar_lines AS l
        -- An unknown instrument becomes a NULL that the table refuses.
        LEFT JOIN pg_temp.bar_instruments AS i
            ON i.venue = l.venue AND i.symbol = l.symbol AND i.asset_class = l.asset_class
        ON CONFLICT ON CONSTRAINT price_history_pkey DO NOTHING;
        GET DIAGNOSTICS bars_loaded = ROW_COUNT;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
        refusal := sqlerrm;
    END;

    IF refusal IS NOT NULL THEN
        SELECT l.line, w.expected INTO bad
        FROM pg_temp.bar_lines AS l
        LEFT JOIN pg_temp.bar_instruments AS i
            ON i.venue = l.venue AND i.symbol = l.symbol AND i.asset_class = l.asset_class
        LEFT JOIN LATERAL (
            SELECT f.field
            FROM (VALUES (1, 'open', l.open), (2, 'high', l.high), (3, 'low', l.low), (4, 'close', l.close))
                AS f (n, field, content)
            WHERE CASE
                WHEN f.content ~ number
                    THEN f.content::numeric = 0 OR f.content::numeric >= 1e18 OR min_scale(f.content::numeric) > 18
                ELSE TRUE
            END
            ORDER BY f.n
            LIMIT 1
        ) AS wrong ON TRUE
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN i.market_id IS NULL THEN 'venue, symbol and asset_class of an instrument in market.markets'
                WHEN coalesce(l.ts_utc !~ '^\s*[+]?[0-9]{1,10}\s*$', TRUE)
                    THEN 'ts_utc: seconds since 1970, a whole number'
                WHEN l.ts_utc::bigint % 60 <> 0 THEN 'ts_utc: the first second of a minute'
                WHEN to_timestamp(l.ts_utc::bigint) > now() THEN 'ts_utc: a time that has been'
                WHEN wrong.field IS NOT NULL
                    THEN format('%s: a decimal number above 0 and below 1e18 with at most 18 decimals', wrong.field)
                WHEN
                    l.low::numeric > least(l.open::numeric, l.close::numeric, l.high::numeric)
                    OR l.high::numeric < greatest(l.open::numeric, l.close::numeric)
                    THEN 'low not above open and close, high not below them'
                WHEN l.price_kind IS NULL OR l.price_kind NOT IN ('bid', 'trade') THEN 'price_kind: bid or trade'
                WHEN l.price_kind = 'bid' AND l.volume IS NOT NULL THEN 'volume: empty for bid prices'
                WHEN
                    l.price_kind = 'trade' AND CASE
                        WHEN l.volume ~ number THEN l.volume::numeric >= 1e20 OR min_scale(l.volume::numeric) > 18
                        ELSE TRUE
                    END
                    THEN 'volume: a decimal number from 0 to below 1e20 with at most 18 decimals'
            END AS expected
        ) AS w
        WHERE w.expected IS NOT NULL
        ORDER BY l.line
        LIMIT 1;
        IF NOT found THEN
            RAISE EXCEPTION 'the bars cannot be loaded: %', refusal USING ERRCODE = 'TR010';
        END IF;
        RAISE EXCEPTION 'line % is not a bar: expected %', bad.line, bad.expected
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('line', bad.line, 'expected', bad.expected);
    END IF;

    -- Lines of a market follow each other in time. A minute without a bar is no mistake, markets sleep, unless we are
    -- told otherwise; then the newest bar of an earlier file counts too.
    SELECT
        min(s.line) FILTER (WHERE s.bar_at < s.previous_at) AS early_line,
        count(*) FILTER (WHERE s.bar_at > s.previous_at + INTERVAL '1 minute') AS gaps,
        min(s.line) FILTER (WHERE s.bar_at > s.previous_at + max_gap) AS far_line
    INTO early, gaps, far
    FROM (
        SELECT
            b.line, b.bar_at,
            coalesce(
                lag(b.bar_at) OVER (PARTITION BY b.market_id ORDER BY b.line),
                CASE WHEN max_gap IS NOT NULL THEN (
                    SELECT max(h.bucket_start)
                    FROM market.price_history AS h
                    WHERE
                        h.market_id = b.market_id AND h.interval = '1m' AND h.source = 'external'
                        AND h.bucket_start < b.bar_at
                ) END
            ) AS previous_at
        FROM (
            SELECT l.line, i.market_id, to_timestamp(l.ts_utc::bigint) AS bar_at
            FROM pg_temp.bar_lines AS l
            JOIN pg_temp.bar_instruments AS i
                ON i.venue = l.venue AND i.symbol = l.symbol AND i.asset_class = l.asset_class
        ) AS b
    ) AS s;
    IF early IS NOT NULL THEN
        RAISE EXCEPTION 'line % is out of order', early
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'line', early, 'expected', 'a later bar than the one before it of the same market'
            );
    END IF;
    IF far IS NOT NULL THEN
        RAISE EXCEPTION 'there is a gap before line %', far
            USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
                'line', far,
                'expected', format('a bar no later than %s after the one before it of the same market', max_gap)
            );
    END IF;

    already_there := bars_read - bars_loaded;
    IF already_there > 0 THEN
        SELECT l.line, l.first_line INTO bad
        FROM (
            SELECT
                b.line,
                min(b.line) OVER (PARTITION BY b.venue, b.symbol, b.asset_class, b.ts_utc::bigint) AS first_line
            FROM pg_temp.bar_lines AS b
        ) AS l
        WHERE l.line > l.first_line
        ORDER BY l.line
        LIMIT 1;
        IF found THEN
            RAISE EXCEPTION 'line % repeats the bar of line %', bad.line, bad.first_line
                USING ERRCODE = 'TR010', DETAIL = jsonb_build_object('line', bad.line, 'expected', 'each bar once');
        END IF;

        SELECT l.line INTO bad
        FROM pg_temp.bar_lines AS l
        JOIN pg_temp.bar_instruments AS i
            ON i.venue = l.venue AND i.symbol = l.symbol AND i.asset_class = l.asset_class
        JOIN market.price_history AS h
            ON h.market_id = i.market_id AND h.interval = '1m' AND h.source = 'external'
            AND h.bucket_start = to_timestamp(l.ts_utc::bigint)
        WHERE
            (h.open, h.high, h.low, h.close, h.base_volume) IS DISTINCT FROM
            (l.open::numeric, l.high::numeric, l.low::numeric, l.close::numeric, l.volume::numeric)
        ORDER BY l.line
        LIMIT 1;
        IF found THEN
            RAISE EXCEPTION 'line % differs from the bar loaded before', bad.line
                USING ERRCODE = 'TR010',
                DETAIL = jsonb_build_object('line', bad.line, 'expected', 'a new bar, or the same prices again'),
                HINT = 'To correct a bar, delete it from market.price_history first.';
        END IF;
    END IF;

    SELECT count(DISTINCT i.market_id) INTO markets
    FROM (SELECT DISTINCT l.venue, l.symbol, l.asset_class FROM pg_temp.bar_lines AS l) AS b
    JOIN pg_temp.bar_instruments AS i USING (venue, symbol, asset_class);
    DROP TABLE pg_temp.bar_instruments;
    RETURN NEXT;
END
$$;

COMMENT ON FUNCTION market.load_bars(interval) IS
'Loads pg_temp.bar_lines into market.price_history as one-minute bars from elsewhere, with the leaves they need. '
'Returns what was read, loaded and there before, and how often a bar of a market did not follow the minute before. '
'TR010 names the first line that is no bar, repeats one, is earlier than the one before of its market, belongs to no '
'instrument, contradicts a bar loaded before, or comes later than max_gap after the one before, where that is given; '
'and what was expected: nothing is loaded. ANALYZE market.price_history afterwards.';

COMMIT;
