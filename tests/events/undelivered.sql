-- events.undelivered: an event that could not be delivered, once per consumer, as long as there is one.

BEGIN;
SELECT plan(20);
\ir ../fixtures/events.psql
INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100'), ('t1_two', 1, '100');

SELECT columns_are('events', 'undelivered', ARRAY[
    'consumer', 'event_id', 'created_at', 'failed_at', 'attempts', 'next_at', 'error'
]);
SELECT indexes_are('events', 'undelivered', ARRAY['undelivered_pkey']);
SELECT col_is_pk('events', 'undelivered', ARRAY['consumer', 'event_id'], 'an event is set aside once per consumer');
SELECT is_empty(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'events.undelivered'::regclass AND a.attnum > 0 AND NOT a.attnotnull AND NOT a.attisdropped $$,
    'nothing may be unknown'
);
SELECT is(
    (SELECT c.relrowsecurity AND c.relforcerowsecurity FROM pg_class AS c WHERE c.oid = 'events.undelivered'::regclass), TRUE,
    'row level security is on and forced'
);

CREATE FUNCTION pg_temp.refusal(changes jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hit text;
BEGIN
    INSERT INTO events.undelivered
    SELECT r.* FROM jsonb_populate_record(NULL::events.undelivered, jsonb_build_object(
        'consumer', 't1_one', 'event_id', 1, 'created_at', '2031-03-05 10:00:00+00', 'attempts', 1,
        'failed_at', '2031-03-05 10:00:01+00', 'next_at', '2031-03-05 10:00:02+00', 'error', 'full'
    ) || changes) AS r;
    RAISE EXCEPTION USING ERRCODE = 'TBACK';
EXCEPTION
    WHEN SQLSTATE 'TBACK' THEN RETURN NULL;
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS hit = CONSTRAINT_NAME;
        RETURN concat_ws(' ', sqlstate, nullif(hit, ''));
END
$$;
SELECT is(pg_temp.refusal(c.changes::jsonb), c.refused, c.description)
FROM (VALUES
    ('{}', NULL, 'an event is set aside'),
    ('{"attempts": 1000000}', NULL, 'after any number of attempts'),
    ('{"error": ""}', NULL, 'for a reason that need not have words'),
    ('{"attempts": 0}', '23514 undelivered_attempts_check', 'but after one'),
    ('{"attempts": -1}', '23514 undelivered_attempts_check', 'and no fewer'),
    ('{"error": null}', '23502', 'a reason there is'),
    ('{"event_id": null}', '23502', 'and an event'),
    ('{"created_at": null}', '23502', 'and the leaf that it is in'),
    ('{"consumer": "t1_three"}', '23503 undelivered_consumer_fkey', 'for somebody who reads')
) AS c (changes, refused, description);
SELECT is(pg_temp.refusal(jsonb_build_object('error', repeat('x', v.length))), v.refused, v.description)
FROM (VALUES
    (1000, NULL, 'a long reason'), (1001, '23514 undelivered_error_check', 'of 1000 characters at most')
) AS v (length, refused, description);

INSERT INTO events.undelivered (consumer, event_id, created_at, error)
VALUES ('t1_one', 1, '2031-03-05', 'full'), ('t1_two', 1, '2031-03-05', 'full');
SELECT is(pg_temp.refusal('{}'), '23505 undelivered_pkey', 'the same again is no second');
SELECT results_eq(
    $$ SELECT u.attempts, u.next_at - u.failed_at BETWEEN INTERVAL '0.9 second' AND INTERVAL '1.1 second'
       FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' $$,
    $$ VALUES (1, TRUE), (1, TRUE) $$,
    'it was tried once, and is tried again a second later'
);
DELETE FROM events.consumers WHERE name = 't1_one';
SELECT results_eq(
    $$ SELECT u.consumer FROM events.undelivered AS u WHERE u.consumer LIKE 't1%' $$, ARRAY['t1_two'],
    'with a consumer goes what it has set aside, and nothing of another'
);
SELECT is(
    (SELECT c.confdeltype::text FROM pg_constraint AS c WHERE c.conname = 'undelivered_consumer_fkey'), 'c',
    'by the foreign key'
);

SELECT finish();
ROLLBACK;
