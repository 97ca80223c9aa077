-- Deploy tradebase:market/set_market_status to pg
-- requires: audit/record_orders
-- requires: events/outbox_access
-- requires: market/markets_access
-- requires: trading/end_orders
-- requires: trading/lock_market
-- requires: trading/tell_engine

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION market.set_market_status(market text, status text)
RETURNS integer
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET lock_timeout = '2s'
AS $$
DECLARE
    pair  market.markets%ROWTYPE;
    ended uuid[];
BEGIN
    IF (status IN ('pre_open', 'open', 'post_only', 'cancel_only', 'halted', 'closed')) IS NOT TRUE THEN
        RAISE EXCEPTION 'invalid status' USING ERRCODE = 'TR010', DETAIL = jsonb_build_object(
            'argument', 'status', 'expected', 'pre_open, open, post_only, cancel_only, halted or closed'
        );
    END IF;
    SELECT * INTO pair FROM market.markets AS m WHERE m.symbol = set_market_status.market;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown market' USING ERRCODE = 'TR001', DETAIL = jsonb_build_object('market', market);
    END IF;

    -- Behind every command that runs, before every one that waits: those will read the new status.
    PERFORM trading.lock_market(pair.id);
    SELECT * INTO pair FROM market.markets AS m WHERE m.id = pair.id;
    IF pair.status <> status THEN
        IF pair.status = 'closed' OR status = 'pre_open' THEN
            RAISE EXCEPTION 'a market cannot go from % to %', pair.status, status
                USING ERRCODE = 'TR203', DETAIL = jsonb_build_object(
                    'market', market, 'from', pair.status, 'to', status
                );
        END IF;
        UPDATE market.markets AS m SET status = set_market_status.status WHERE m.id = pair.id;
        INSERT INTO events.outbox (topic, event, payload)
        VALUES ('market:' || market, 'status', jsonb_build_object('status', status));
    END IF;
    IF status NOT IN ('halted', 'closed') THEN
        RETURN 0;
    END IF;

    -- The oldest thousand. With acknowledgements the engine ends them, in its own sequence, and is asked once of each.
    ended := ARRAY(
        SELECT t.id
        FROM partitions.orders_open AS t
        WHERE t.market_id = pair.id AND (NOT pair.engine_acks OR t.cancel_requested_at IS NULL)
        ORDER BY t.seq
        LIMIT 1000
    );
    IF ended = '{}' THEN
        RETURN 0;
    END IF;
    IF pair.engine_acks THEN
        UPDATE partitions.orders_open AS t
        SET cancel_requested_at = clock_timestamp(), updated_at = clock_timestamp(), version = t.version + 1
        WHERE t.id = ANY (ended);
    END IF;
    PERFORM trading.tell_engine('cancel', ended);
    PERFORM audit.record_orders('CANCEL', ended);
    IF NOT pair.engine_acks THEN
        PERFORM FROM trading.end_orders(ended, 'canceled', 'market_' || set_market_status.status);
    END IF;
    RETURN cardinality(ended);
END
$$;

COMMENT ON FUNCTION market.set_market_status(text, text) IS
'Sets the status of a market. pre_open is only its beginning and closed its end; everything between may follow '
'everything, and the status that it has is no error. halted and closed also end its open orders, at most a thousand a '
'call, for which market_halted or market_closed is the reason: the operator calls again until it returns 0, the number '
'of orders ended. Where the engine acknowledges, they are only asked for. TR001 unknown market, TR010 unknown status, '
'TR203 not from the status it has.';

GRANT UPDATE (status) ON market.markets TO tradebase_kernel;
GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.set_market_status(text, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION market.set_market_status(text, text) TO tradebase_operator;

COMMIT;
