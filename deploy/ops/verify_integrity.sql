-- Deploy tradebase:ops/verify_integrity to pg
-- requires: market/markets_access
-- requires: ops/partition_health
-- requires: portfolio/deposit

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION ops.verify_integrity(on_date date DEFAULT CURRENT_DATE)
RETURNS TABLE (check_name text, bad_count bigint, sample jsonb)
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH system_account AS (
        SELECT u.id FROM identity.users AS u WHERE u.kind = 'system'
    ),

    customer_entry AS (
        SELECT l.* FROM portfolio.ledger_entries AS l WHERE l.user_id NOT IN (SELECT s.id FROM system_account AS s)
    ),

    finding (check_no, bad) AS (
        SELECT 1, jsonb_build_object('asset_id', l.asset_id, 'sum', sum(l.d_available + l.d_held)::text)
        FROM portfolio.ledger_entries AS l
        GROUP BY l.asset_id
        HAVING sum(l.d_available + l.d_held) <> 0

        UNION ALL
        SELECT 2, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id,
            'balance', jsonb_build_array(b.available::text, b.held::text, b.version),
            'ledger', jsonb_build_array(l.available::text, l.held::text, l.version)
        )
        FROM portfolio.balances AS b
        FULL JOIN (
            SELECT e.user_id, e.asset_id, sum(e.d_available) AS available, sum(e.d_held) AS held, count(*) AS version
            FROM customer_entry AS e
            GROUP BY e.user_id, e.asset_id
        ) AS l USING (user_id, asset_id)
        WHERE
            (coalesce(b.available, 0), coalesce(b.held, 0), coalesce(b.version, 0))
            IS DISTINCT FROM (coalesce(l.available, 0), coalesce(l.held, 0), coalesce(l.version, 0))

        UNION ALL
        SELECT 3, jsonb_build_object(
            'user_id', user_id, 'asset_id', asset_id, 'held', b.held::text, 'reserved', r.amount::text
        )
        FROM portfolio.balances AS b
        FULL JOIN (
            SELECT t.user_id, t.asset_id, sum(t.amount + t.fee) AS amount
            FROM portfolio.transfers AS t
            WHERE t.kind = 'withdrawal' AND t.status = 'pending'
            GROUP BY t.user_id, t.asset_id
        ) AS r USING (user_id, asset_id)
        WHERE coalesce(b.held, 0) <> coalesce(r.amount, 0)

        UNION ALL
        SELECT 10, jsonb_build_object(
            'entry_id', e.id, 'user_id', e.user_id, 'asset_id', e.asset_id, 'version', e.version
        )
        FROM (
            SELECT
                c.*,
                lag(c.version, 1, 0::bigint) OVER chain AS version_before,
                lag(c.available_after, 1, 0::core.amount) OVER chain AS available_before,
                lag(c.held_after, 1, 0::core.amount) OVER chain AS held_before
            FROM customer_entry AS c
            WINDOW chain AS (PARTITION BY c.user_id, c.asset_id ORDER BY c.version)
        ) AS e
        WHERE
            (e.version, e.available_after, e.held_after)
            IS DISTINCT FROM (e.version_before + 1, e.available_before + e.d_available, e.held_before + e.d_held)

        UNION ALL
        SELECT 12, jsonb_build_object(
            'journal_id', l.journal_id, 'asset_id', l.asset_id, 'sum', sum(l.d_available + l.d_held)::text
        )
        FROM portfolio.ledger_entries AS l
        GROUP BY l.journal_id, l.asset_id
        HAVING sum(l.d_available + l.d_held) <> 0

        UNION ALL
        SELECT 13, jsonb_build_object(
            'account', 'external', 'asset_id', asset_id, 'ledger', l.amount::text, 'transfers', t.amount::text
        )
        FROM (
            SELECT e.asset_id, sum(e.d_available + e.d_held) AS amount
            FROM portfolio.ledger_entries AS e
            WHERE e.user_id = identity.system_user_id('external')
            GROUP BY e.asset_id
        ) AS l
        FULL JOIN (
            SELECT x.asset_id, sum(CASE x.kind WHEN 'deposit' THEN -x.amount ELSE x.amount END) AS amount
            FROM portfolio.transfers AS x
            WHERE x.kind IN ('deposit', 'withdrawal') AND x.status = 'completed'
            GROUP BY x.asset_id
        ) AS t USING (asset_id)
        WHERE coalesce(l.amount, 0) <> coalesce(t.amount, 0)

        UNION ALL
        SELECT 16, jsonb_build_object('transfer_id', t.id, 'created_at', t.created_at)
        FROM portfolio.transfers AS t
        WHERE t.created_at <> core.uuid7_time(t.id)

        UNION ALL
        SELECT 20, jsonb_build_object('asset_id', a.id, 'scale', a.scale, 'found_in', f.place, 'decimals', f.decimals)
        FROM (
            SELECT
                'ledger_entries' AS place, l.asset_id,
                max(greatest(min_scale(l.d_available), min_scale(l.d_held))) AS decimals
            FROM portfolio.ledger_entries AS l
            GROUP BY l.asset_id
            UNION ALL
            SELECT 'balances', b.asset_id, max(greatest(min_scale(b.available), min_scale(b.held)))
            FROM portfolio.balances AS b
            GROUP BY b.asset_id
            UNION ALL
            SELECT 'transfers', t.asset_id, max(greatest(min_scale(t.amount), min_scale(t.fee)))
            FROM portfolio.transfers AS t
            GROUP BY t.asset_id
            UNION ALL
            SELECT
                'markets, price times quantity', m.quote_asset_id,
                max(min_scale(m.tick_size) + min_scale(m.lot_size))
            FROM market.markets AS m
            GROUP BY m.quote_asset_id
            UNION ALL
            SELECT 'markets, quantity', m.base_asset_id, max(min_scale(m.lot_size))
            FROM market.markets AS m
            GROUP BY m.base_asset_id
        ) AS f
        JOIN market.assets AS a ON a.id = f.asset_id
        WHERE f.decimals > a.scale

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'ledger_entries', 'user_id', l.user_id, 'asset_id', l.asset_id)
        FROM (SELECT DISTINCT e.user_id, e.asset_id FROM portfolio.ledger_entries AS e) AS l
        WHERE
            NOT EXISTS (SELECT FROM identity.users AS u WHERE u.id = l.user_id)
            OR NOT EXISTS (SELECT FROM market.assets AS a WHERE a.id = l.asset_id)

        UNION ALL
        SELECT 21, jsonb_build_object('table', 'ledger_entries', 'ref_id', l.ref_id)
        FROM (
            SELECT DISTINCT e.ref_id
            FROM portfolio.ledger_entries AS e
            WHERE e.reason IN ('deposit', 'withdrawal_hold', 'withdrawal_release', 'withdrawal', 'transfer')
        ) AS l
        WHERE NOT EXISTS (SELECT FROM portfolio.transfers AS t WHERE t.id = l.ref_id)

        UNION ALL
        SELECT 21, jsonb_build_object('table', h.parent, 'runway', h.runway)
        FROM ops.partition_health(on_date) AS h
        WHERE h.runway < 2

        UNION ALL
        SELECT 22, jsonb_build_object('asset_id', s.asset_id, 'sum', sum(s.amount)::text)
        FROM (
            SELECT b.asset_id, b.available + b.held AS amount
            FROM portfolio.balances AS b
            UNION ALL
            SELECT l.asset_id, l.d_available + l.d_held
            FROM portfolio.ledger_entries AS l
            WHERE l.user_id IN (SELECT a.id FROM system_account AS a)
        ) AS s
        GROUP BY s.asset_id
        HAVING sum(s.amount) <> 0
    ),

    ranked AS (
        SELECT f.check_no, f.bad, row_number() OVER (PARTITION BY f.check_no) AS n FROM finding AS f
    )

    SELECT
        format('I%s %s', c.check_no, c.promise),
        count(r.bad),
        coalesce(jsonb_agg(r.bad ORDER BY r.n) FILTER (WHERE r.n <= 5), '[]')
    FROM (VALUES
        (1, 'the ledger sums to zero per asset'),
        (2, 'a balance is the sum of its entries'),
        (3, 'what is held is reserved for something'),
        (10, 'the entries of a balance are a chain without a gap'),
        (12, 'every journal sums to zero per asset'),
        (13, 'the external account mirrors deposits and withdrawals'),
        (16, 'an id carries the time of its row'),
        (20, 'no amount has more decimals than its asset'),
        (21, 'no entry is an orphan, no table runs out of leaves'),
        (22, 'customers and system accounts together own nothing')
    ) AS c (check_no, promise)
    LEFT JOIN ranked AS r USING (check_no)
    GROUP BY c.check_no, c.promise
    ORDER BY c.check_no;
END;

COMMENT ON FUNCTION ops.verify_integrity(date) IS
'Every promise of the books as a check: one row each, how many violate it, five of them as a sample. Zero everywhere '
'is healthy. on_date: the day whose partition runway is asked for. Reads whole tables: run it on a replica where '
'there is one.';

GRANT CREATE ON SCHEMA ops TO tradebase_kernel;
ALTER FUNCTION ops.verify_integrity(date) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA ops FROM tradebase_kernel;

-- A sample names users and amounts: for those who may read them, and for the worker that runs it every day.
GRANT EXECUTE ON FUNCTION ops.verify_integrity(date) TO tradebase_auditor, tradebase_worker;

COMMIT;
