-- Every leaf there is, past its parent: to an owner who has taken row level security away too, what is append-only stays
-- as it was written, what has ended has ended, and money is not made.

BEGIN;
SELECT plan(4);
\ir ../fixtures/trading_rows.psql
\ir ../fixtures/state_of.psql

CREATE TEMPORARY TABLE leaves AS
SELECT
    p.parent::text AS parent, b.leaf, b.from_at + INTERVAL '10 hours' AS at,
    (lpad(to_hex((extract(epoch FROM b.from_at) * 1000 + 36000000)::bigint), 12, '0') || '70008000000000000001')::uuid AS id
FROM ops.partition_policies AS p, ops.partition_bounds(p.parent) AS b
WHERE b.from_at <> 'infinity';

-- One row in each.
SELECT count(pg_temp.put(l.parent::regclass, jsonb_build_object('created_at', l.at) || CASE l.parent
    WHEN 'trading.orders' THEN jsonb_build_object(
        'id', l.id, 'closed_at', l.at, 'status', 'canceled', 'close_reason', 'user_cancel', 'hold', 0, 'on_book', FALSE
    )
    WHEN 'trading.engine_commands' THEN '{}'
    ELSE jsonb_build_object('id', l.id, 'executed_at', l.at)
END)) AS filled
FROM leaves AS l WHERE l.parent IN ('trading.orders', 'trading.engine_commands', 'trading.trades', 'trading.fills') \gset
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT l.at, l.id, 'deposit', l.id, identity.system_user_id('external'), :t1usd, side.d, 0
FROM leaves AS l, (VALUES (1), (-1)) AS side (d) WHERE l.parent = 'portfolio.ledger_entries';
INSERT INTO audit.audit_logs (created_at, database_role, session_role, relation, operation)
SELECT l.at, 'somebody', 'somebody', 't.t', 'DELETE' FROM leaves AS l WHERE l.parent = 'audit.audit_logs';
INSERT INTO events.outbox (created_at, topic, event, payload)
SELECT l.at, 'market:T1', 'book', '{}' FROM leaves AS l WHERE l.parent = 'events.outbox';
INSERT INTO portfolio.portfolio_snapshots (
    user_id, kind, taken_at, reporting_asset_id, equity, cash, positions_value, unrealized_pnl, realized_pnl_cum,
    fees_cum, net_flow_cum, holdings
)
SELECT :'alice', 'intraday', l.at, :t1usd, 1, 1, 0, 0, 0, 0, 0, '{}'
FROM leaves AS l WHERE l.parent = 'portfolio.portfolio_snapshots';

SELECT format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', l.leaf) FROM leaves AS l \gexec

PREPARE undone(text) AS
SELECT a.leaf, a.statement, a.got
FROM (
    SELECT l.leaf, s.statement, s.expected, pg_temp.state_of(format(s.statement, l.leaf)) AS got
    FROM leaves AS l
    JOIN (VALUES
        ('entry', ARRAY['audit.audit_logs', 'events.outbox', 'portfolio.ledger_entries', 'trading.engine_commands'],
            'UPDATE %s SET created_at = created_at', 'TR902'),
        ('entry', ARRAY['trading.trades', 'trading.fills'], 'UPDATE %s SET executed_at = executed_at', 'TR902'),
        ('entry', ARRAY['portfolio.portfolio_snapshots'], 'UPDATE %s SET taken_at = taken_at', 'TR902'),
        ('entry', ARRAY[
            'audit.audit_logs', 'events.outbox', 'portfolio.ledger_entries', 'portfolio.portfolio_snapshots',
            'trading.engine_commands', 'trading.trades', 'trading.fills'
        ], 'DELETE FROM %s', 'TR902'),
        ('entry', ARRAY[
            'audit.audit_logs', 'events.outbox', 'portfolio.ledger_entries', 'portfolio.portfolio_snapshots',
            'trading.engine_commands', 'trading.trades', 'trading.fills'
        ], 'TRUNCATE %s', 'TR902'),
        ('order', ARRAY['trading.orders'], $$ UPDATE %s SET status = 'open' $$, 'TR203'),
        ('money', ARRAY['portfolio.ledger_entries'],
            $$ INSERT INTO %1$s (id, created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
               SELECT -1, created_at, journal_id, reason, ref_id, user_id, asset_id, 1, 0 FROM %1$s LIMIT 1 $$, 'TR901')
    ) AS s (what, parents, statement, expected) ON l.parent = ANY (s.parents) AND s.what = $1
) AS a
WHERE a.got IS DISTINCT FROM a.expected;

SELECT is(
    (SELECT string_agg(DISTINCT l.parent, ' ' ORDER BY l.parent) FROM leaves AS l),
    'audit.audit_logs events.outbox market.price_history portfolio.ledger_entries portfolio.portfolio_snapshots '
    'trading.engine_commands trading.fills trading.orders trading.trades', 'these are in leaves'
);
SELECT is_empty($$ EXECUTE undone('entry') $$, 'in no leaf is an entry changed or removed, nor all of them');
SELECT is_empty($$ EXECUTE undone('order') $$, 'in no leaf does an order go on that has ended');
SELECT is_empty($$ EXECUTE undone('money') $$, 'in no leaf is money made');

SELECT finish();
ROLLBACK;
