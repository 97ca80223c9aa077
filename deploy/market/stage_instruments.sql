-- Deploy tradebase:market/stage_instruments to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- A temporary table, because COPY refuses every table of ours: FORCE ROW LEVEL SECURITY forbids it.
CREATE FUNCTION market.stage_instruments()
RETURNS void
LANGUAGE plpgsql
VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_temp.instrument_lines') IS NOT NULL THEN
        DROP TABLE pg_temp.instrument_lines;
    END IF;
    CREATE TEMPORARY TABLE instrument_lines (
        line        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        content     text,
        venue       text,
        asset_class text,
        kind        text,
        base        text,
        quote       text,
        symbol      text,
        tick        numeric,
        lot         numeric,
        minimum     numeric,
        outcome     text
    );
END
$$;

COMMENT ON FUNCTION market.stage_instruments() IS
'Makes an empty pg_temp.instrument_lines for this session. Fill its column content with the raw lines of an instrument '
'file, header first, then call market.load_instruments(). After a COPY that failed call it again.';

COMMIT;
