-- Deploy tradebase:ops/retirement_obstacle to pg
-- requires: events/consumers_access
-- requires: events/outbox_access
-- requires: events/undelivered_access
-- requires: market/candle_length
-- requires: market/candle_state_access
-- requires: market/market_state_access
-- requires: market/price_history_access
-- requires: ops/leaf_period
-- requires: ops/partition_policies_access
-- requires: ops/retired_leaves_access
-- requires: portfolio/ledger_checkpoints_access
-- requires: portfolio/ledger_entries_access
-- requires: system/system_config_access
-- requires: trading/orders_access
-- requires: trading/trades_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.retirement_obstacle(parent regclass, to_at timestamptz)
RETURNS text
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept    interval;
    name    text;
    sealed  timestamptz;
    is_held boolean;
BEGIN
    SELECT format('%s.%s', n.nspname, c.relname) INTO name
    FROM ops.partition_policies AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.parent
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE p.parent = retirement_obstacle.parent;
    IF name IS NULL THEN
        RETURN 'the table has no partition policy';
    END IF;
    IF to_at IS NULL OR to_at = 'infinity' THEN
        RETURN 'the leaf is still written to';
    END IF;

    -- Messages are not what a command finds again: they go when everybody has them, also what was set aside.
    IF name = 'events.outbox' THEN
        RETURN (
            SELECT format('consumer %s has not read it: events.status() says why', c.name)
            FROM events.consumers AS c
            WHERE EXISTS (
                SELECT FROM events.outbox AS o
                WHERE
                    o.created_at < retirement_obstacle.to_at
                    AND (
                        o.incarnation > c.incarnation
                        OR o.incarnation = c.incarnation AND o.xid >= c.from_xid
                        AND (o.xid < c.upto_xid AND o.id <= c.last_id) IS NOT TRUE
                    )
            ) OR EXISTS (
                SELECT FROM events.undelivered AS u
                WHERE u.consumer = c.name AND u.created_at < retirement_obstacle.to_at
            )
            ORDER BY c.name
            LIMIT 1
        );
    END IF;

    -- A command that is sent again must find what it did the first time.
    SELECT (c.value #>> '{}')::interval INTO STRICT kept
    FROM system.system_config AS c
    WHERE c.key = 'idempotency_retention';
    IF to_at > clock_timestamp() - kept THEN
        RETURN format('the leaf is younger than idempotency_retention, %s', kept);
    END IF;

    CASE name
        WHEN 'trading.orders', 'trading.trades', 'trading.fills' THEN
            RETURN 'positions, fees and trade numbers are proven from every order, trade and fill: '
                'ops.verify_integrity() has no checkpoint to begin at';
        WHEN 'portfolio.ledger_entries' THEN
            SELECT coalesce(max(c.as_of), '-infinity') INTO sealed FROM portfolio.ledger_checkpoints AS c;
            IF sealed >= to_at THEN
                RETURN NULL;
            END IF;
            -- The next one would not find its entries: what the accounts of the system come to would be wrong for good.
            SELECT EXISTS (
                SELECT FROM pg_catalog.pg_class AS c
                CROSS JOIN LATERAL ops.leaf_period(c.relname) AS named
                LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid
                WHERE
                    c.relnamespace = to_regnamespace('partitions') AND (i.inhrelid IS NULL OR i.inhdetachpending)
                    AND named.parent = retirement_obstacle.parent AND named.from_at < retirement_obstacle.to_at
                    AND named.to_at > sealed
                UNION ALL
                SELECT FROM ops.retired_leaves AS r
                WHERE
                    r.parent = retirement_obstacle.parent AND r.from_at < retirement_obstacle.to_at AND r.to_at > sealed
                    AND r.rows > 0 AND r.reattached_at IS NULL
            ) INTO is_held;
            IF is_held THEN
                RETURN 'a leaf that is in no checkpoint is off its table: attach it again';
            END IF;
            SELECT EXISTS (SELECT FROM portfolio.ledger_entries AS e WHERE e.created_at < to_at) INTO is_held;
            IF is_held THEN
                RETURN 'entries are in no checkpoint yet: call portfolio.checkpoint_ledger()';
            END IF;
        WHEN 'trading.engine_commands' THEN
            SELECT EXISTS (SELECT FROM partitions.orders_open AS o WHERE o.created_at < to_at) INTO is_held;
            IF is_held THEN
                RETURN 'an order that was placed before its end is still open';
            END IF;
        WHEN 'market.price_history' THEN
            -- The last one of a market that trades no more stays open; its time is over all the same. A bucket is a week
            -- at most.
            SELECT EXISTS (
                SELECT FROM market.price_history AS h
                WHERE
                    h.bucket_start < to_at AND h.bucket_start > clock_timestamp() - kept - INTERVAL '7 days'
                    AND h.bucket_start + market.candle_length(h.interval) > clock_timestamp() - kept
                    AND h.source = 'trades' AND NOT h.closed
            ) INTO is_held;
            IF is_held THEN
                RETURN 'a candle is not closed: a trade may still change it';
            END IF;
            SELECT EXISTS (
                SELECT FROM market.market_state AS s
                LEFT JOIN market.candle_state AS k ON k.market_id = s.market_id
                JOIN trading.trades AS t ON t.market_id = s.market_id AND t.seq > coalesce(k.last_seq, 0)
                WHERE s.last_trade_seq > coalesce(k.last_seq, 0) AND t.executed_at < to_at
            ) INTO is_held;
            IF is_held THEN
                RETURN 'trades of its time are in no candle yet: call market.roll_candles()';
            END IF;
        ELSE
            NULL;
    END CASE;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN -- of one table, say its lock, which keeps no other's leaves
    RETURN format('whether it may go cannot be told: %s %s', sqlstate, sqlerrm);
END
$$;

COMMENT ON FUNCTION ops.retirement_obstacle(regclass, timestamptz) IS
'Why a leaf of this table that ends at to_at must stay; NULL when it may go. Events stay until every consumer has read '
'them; of the rest what is younger than the setting idempotency_retention stays always, orders, trades and fills too, '
'the ledger until a checkpoint covers it, and whatever cannot be looked at now.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.retirement_obstacle(regclass, timestamptz) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION ops.retirement_obstacle(regclass, timestamptz)
TO tradebase_monitor, tradebase_operator, tradebase_worker;

COMMIT;
