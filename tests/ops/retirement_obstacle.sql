-- ops.retirement_obstacle(): a leaf stays while somebody may still ask for what is in it, and it says why.

BEGIN;
SELECT plan(49);
\ir ../fixtures/events.psql
\ir ../fixtures/trading_market.psql

SELECT is_definer('ops', 'retirement_obstacle', ARRAY['regclass', 'timestamp with time zone']);
SELECT function_owner_is('ops', 'retirement_obstacle', ARRAY['regclass', 'timestamp with time zone'], 'tradebase_kernel');
SELECT is(
    pg_temp.who_may_execute('ops.retirement_obstacle(regclass, timestamptz)'),
    ARRAY['tradebase_monitor', 'tradebase_operator', 'tradebase_worker'], 'for those who watch and operate'
);
UPDATE system.system_config SET value = '"400 days"' WHERE key = 'idempotency_retention';
PREPARE obstacle(text, timestamptz) AS SELECT ops.retirement_obstacle($1::regclass, $2);

SELECT results_eq(
    format('EXECUTE obstacle(%L, %L)', p.parent, '2001-02-01'), ARRAY[NULL::text], p.parent || ': an old leaf may go'
)
FROM (
    VALUES ('audit.audit_logs'), ('market.price_history'), ('portfolio.ledger_entries'), ('trading.engine_commands')
) AS p (parent);
SELECT is(
    ops.retirement_obstacle('events.outbox', '2001-02-01'), NULL, 'events.outbox: one that nobody reads may go'
);
SELECT alike(ops.retirement_obstacle(p.parent::regclass, '2001-02-01'), '%no checkpoint to begin at', p.parent || ': stays')
FROM (VALUES ('trading.orders'), ('trading.trades'), ('trading.fills')) AS p (parent);

SELECT is(
    ops.retirement_obstacle('audit.audit_logs', now() - INTERVAL '399 days'),
    'the leaf is younger than idempotency_retention, 400 days', 'a younger one stays'
);
SELECT is(ops.retirement_obstacle('audit.audit_logs', now() - INTERVAL '401 days'), NULL, 'an older one may go');
UPDATE system.system_config SET value = '"402 days"' WHERE key = 'idempotency_retention';
SELECT is(
    ops.retirement_obstacle('audit.audit_logs', now() - INTERVAL '401 days'),
    'the leaf is younger than idempotency_retention, 402 days', 'as the setting says today'
);
SELECT is(ops.retirement_obstacle('trading.orders', NULL), 'the leaf is still written to', 'without an end it never goes');
SELECT is(ops.retirement_obstacle('audit.audit_logs', 'infinity'), 'the leaf is still written to', 'nor with none');
SELECT is(
    ops.retirement_obstacle('market.assets', '2001-02-01'), 'the table has no partition policy', 'nor one of another table'
);
SELECT is(ops.retirement_obstacle(NULL, '2001-02-01'), 'the table has no partition policy', 'nor of none');

-- The ledger, until it is added up.
SELECT ops.ensure_partitions(p.parent, '2001-01-01', '2001-01-31') FROM ops.partition_policies AS p;
INSERT INTO portfolio.ledger_entries (created_at, journal_id, reason, ref_id, user_id, asset_id, d_available, d_held)
SELECT '2001-01-05 12:00:00+00', v.id, 'opening', v.id, u.id, -1, v.delta, 0
FROM identity.users AS u, (VALUES
    ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'::uuid, 1), ('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', -1)
) AS v (id, delta)
WHERE u.id = identity.system_user_id('external');
SELECT is(
    ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'),
    'entries are in no checkpoint yet: call portfolio.checkpoint_ledger()', 'an entry in no checkpoint keeps its leaf'
);
SELECT is(ops.retirement_obstacle('portfolio.ledger_entries', '2001-01-01'), NULL, 'and no older one');
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
SELECT identity.system_user_id('external'), :t1usd, '2001-01-05 12:00:00+00', NULL, 0, 0;
SELECT isnt(
    ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'), NULL, 'a checkpoint speaks of what was before it'
);
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
SELECT identity.system_user_id('external'), :t1usd, '2001-01-06 00:00:00+00', NULL, 0, 0;
SELECT isnt(
    ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'), NULL, 'and before its leaf''s end it is not enough'
);
SAVEPOINT uncovered;
ALTER TABLE portfolio.ledger_entries DETACH PARTITION partitions.ledger_entries_2001_01;
SELECT is(
    ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'),
    'a leaf that is in no checkpoint is off its table: attach it again', 'by hand it has gone too early'
);
SELECT is(ops.retirement_obstacle('portfolio.ledger_entries', '2001-01-01'), NULL, 'which keeps no older one');
SELECT ops.retire_leaf('ledger_entries_2001_01');
SELECT is(
    ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'),
    'a leaf that is in no checkpoint is off its table: attach it again', 'and is not dropped from the attic'
);
ROLLBACK TO uncovered;
INSERT INTO portfolio.ledger_checkpoints (user_id, asset_id, as_of, version, available, held)
SELECT identity.system_user_id('external'), :t1usd, '2001-02-01 00:00:00+00', NULL, 0, 0;
SELECT is(ops.retirement_obstacle('portfolio.ledger_entries', '2001-02-01'), NULL, 'one of its leaf''s end lets it go');

-- Prices that may still change, and an order that is old and open.
INSERT INTO market.price_history (
    market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count, first_seq,
    last_seq, closed
) VALUES (:traded, '1m', '2001-01-05 12:00:00+00', 'trades', 10, 12, 9, 11, 1, 10, 1, 1, 1, FALSE);
SELECT is(
    ops.retirement_obstacle('market.price_history', '2001-02-01'), NULL,
    'the last candle of a market that trades no more keeps nothing: its time is over'
);
-- A week that began before the leaf's end and ended after what is kept.
SELECT clock_timestamp() - INTERVAL '402 days 1 second' AS leaf_end \gset
SELECT ops.ensure_partitions('market.price_history', :'leaf_end'::date - 7, :'leaf_end'::date) AS made \gset
INSERT INTO market.price_history (
    market_id, interval, bucket_start, source, open, high, low, close, base_volume, quote_volume, trade_count, first_seq,
    last_seq, closed
) VALUES (
    :traded, '1w', date_bin(INTERVAL '7 days', :'leaf_end', TIMESTAMPTZ '2001-01-01 00:00:00+00'), 'trades', 10, 12, 9, 11,
    1, 10, 1, 1, 1, FALSE
);
SELECT is(
    ops.retirement_obstacle('market.price_history', :'leaf_end'), 'a candle is not closed: a trade may still change it',
    'a candle that may change keeps its leaf'
);
UPDATE market.price_history SET closed = TRUE WHERE market_id = :traded;
SELECT is(ops.retirement_obstacle('market.price_history', :'leaf_end'), NULL, 'a closed one does not');
DELETE FROM market.price_history WHERE market_id = :traded AND interval = '1w';
\ir ../fixtures/tape.psql
SELECT pg_temp.tell(:traded, 1, '2001-01-05 12:00:00+00', 10, 1);
SELECT is(
    ops.retirement_obstacle('market.price_history', '2001-02-01'),
    'trades of its time are in no candle yet: call market.roll_candles()', 'nor does a trade find its candle''s leaf gone'
);
SELECT is(ops.retirement_obstacle('market.price_history', '2001-01-01'), NULL, 'which no older leaf is');
UPDATE market.price_history SET closed = FALSE WHERE market_id = :traded;
SELECT market.roll_candles('T1BTC-T1USD');
UPDATE market.price_history SET closed = TRUE WHERE market_id = :traded;
SELECT is(ops.retirement_obstacle('market.price_history', '2001-02-01'), NULL, 'once it is rolled it does not matter');
INSERT INTO trading.orders (
    id, created_at, updated_at, seq, user_id, market_id, side, type, time_in_force, status, price, quantity, hold,
    hold_asset_id, maker_fee_rate, taker_fee_rate, stp, on_book, expires_at
)
SELECT
    o.id, core.uuid7_time(o.id), now(), 1, :'alice', :traded, 'buy', 'limit', 'gtc', 'open', 10, 1, 10, :t1usd, 0, 0,
    'cancel_taker', TRUE, now()
FROM (SELECT (lpad(to_hex(978696000000), 12, '0') || '70008000000000000001')::uuid AS id) AS o;
SELECT is(
    ops.retirement_obstacle('trading.engine_commands', '2001-02-01'),
    'an order that was placed before its end is still open', 'an engine may ask for the command of an open order again'
);
SELECT is(ops.retirement_obstacle('trading.engine_commands', '2001-01-05'), NULL, 'which an older leaf does not hold');

-- Messages: as long as somebody has not read them, and no longer, whatever idempotency_retention says.
SELECT clock_timestamp() - INTERVAL '1 day' AS leaf_end \gset
SELECT ops.ensure_partitions('events.outbox', :'leaf_end'::date - 8, :'leaf_end'::date) AS made \gset
SELECT pg_temp.tell('110', 'market:T1BTC-T1USD', created_at => :'leaf_end'::timestamptz - INTERVAL '1 hour') AS one \gset
SELECT pg_temp.tell('120', 'market:T1BTC-T1USD', created_at => :'leaf_end'::timestamptz - INTERVAL '1 hour') AS two \gset
SELECT pg_temp.tell('130', 'market:T1BTC-T1USD', created_at => :'leaf_end') AS behind \gset
SELECT is(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'what nobody reads goes');
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_b', 1, '121'), ('t1_a', 1, '121');
SELECT is(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'and what everybody has read');
UPDATE events.consumers SET from_xid = '120' WHERE name = 't1_b';
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'), 'consumer t1_b has not read it: events.status() says why',
    'who has not read all of it keeps it'
);
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'::timestamptz - INTERVAL '1 hour'), NULL, 'and no older one'
);
UPDATE events.consumers SET from_xid = '0' WHERE name = 't1_a';
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'), 'consumer t1_a has not read it: events.status() says why',
    'of several the first by name is told'
);
UPDATE events.consumers SET from_xid = '121' WHERE name = 't1_a';
-- Inside of a window
UPDATE events.consumers SET upto_xid = '200', last_id = :one, high_id = :behind WHERE name = 't1_b';
SELECT isnt(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'of an open window what is not acknowledged');
UPDATE events.consumers SET last_id = :two WHERE name = 't1_b';
SELECT is(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'and not what is');
UPDATE events.consumers SET from_xid = '100', upto_xid = '115' WHERE name = 't1_b';
SELECT isnt(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'nor does what is beyond the window go');
UPDATE events.consumers SET from_xid = '121', upto_xid = NULL, last_id = NULL, high_id = NULL WHERE name = 't1_b';
-- Another cluster's
UPDATE events.consumers SET incarnation = 2, from_xid = '0' WHERE name = 't1_b';
SELECT is(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'who reads a later incarnation has read this one');
SELECT pg_temp.tell(
    '5', 'market:T1BTC-T1USD', incarnation => 3, created_at => :'leaf_end'::timestamptz - INTERVAL '1 hour'
) AS later \gset
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'), 'consumer t1_a has not read it: events.status() says why',
    'a later one nobody has who reads an earlier'
);
UPDATE events.consumers SET incarnation = 3, from_xid = '6' WHERE name LIKE 't1%';
SELECT is(ops.retirement_obstacle('events.outbox', :'leaf_end'), NULL, 'until they have');
-- What was set aside
INSERT INTO events.undelivered (consumer, event_id, created_at, error)
VALUES ('t1_b', :one, :'leaf_end'::timestamptz - INTERVAL '1 hour', 'full');
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'), 'consumer t1_b has not read it: events.status() says why',
    'what was set aside keeps its leaf'
);
SELECT is(
    ops.retirement_obstacle('events.outbox', :'leaf_end'::timestamptz - INTERVAL '1 hour'), NULL, 'and no older one'
);

SET LOCAL ROLE tradebase_worker;
SELECT isnt(ops.retirement_obstacle('trading.engine_commands', '2001-02-01'), NULL, 'a worker is told, who reads no order');
SET LOCAL ROLE authenticated;
SELECT throws_ok($$ EXECUTE obstacle('trading.orders', NULL) $$, '42501', NULL, 'a client is not told');

RESET ROLE;
SELECT finish();
ROLLBACK;
