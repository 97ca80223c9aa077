-- Deploy tradebase:market/stage_bars to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- A temporary table, because COPY refuses every table of ours: FORCE ROW LEVEL SECURITY forbids it. All text, so that
-- market.load_bars() can say which line is wrong and what was expected.
CREATE FUNCTION market.stage_bars()
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_temp.bar_lines') IS NOT NULL THEN
        DROP TABLE pg_temp.bar_lines;
    END IF;
    CREATE TEMPORARY TABLE bar_lines (
        venue       text,
        symbol      text,
        asset_class text,
        ts_utc      text,
        open        text,
        high        text,
        low         text,
        close       text,
        volume      text,
        price_kind  text,
        line        bigint GENERATED ALWAYS AS IDENTITY (START WITH 2) -- line 1 is the header
    );
END
$$;

COMMENT ON FUNCTION market.stage_bars() IS
'Makes an empty pg_temp.bar_lines for this session. COPY a bar file into its first ten columns (FORMAT csv, HEADER '
'MATCH), then call market.load_bars(). After a COPY that failed call it again.';

COMMIT;
