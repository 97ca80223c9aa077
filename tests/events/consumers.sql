-- events.consumers: how far each reader of the outbox is; its cursor is between windows or inside of one.

BEGIN;
SELECT plan(29);
\ir ../fixtures/events.psql

SELECT columns_are('events', 'consumers', ARRAY[
    'name', 'incarnation', 'from_xid', 'upto_xid', 'last_id', 'high_id', 'delivered', 'failed_at', 'last_error',
    'created_at', 'updated_at'
]);
SELECT indexes_are('events', 'consumers', ARRAY['consumers_pkey']);
SELECT col_is_pk('events', 'consumers', 'name', 'a consumer is its name');
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'events.consumers'::regclass AND a.attnum > 0 AND NOT a.attnotnull AND NOT a.attisdropped
       ORDER BY a.attname $$,
    ARRAY['failed_at', 'high_id', 'last_error', 'last_id', 'upto_xid'],
    'only the window and the failure may be unknown'
);
SELECT is(
    (SELECT c.reloptions FROM pg_class AS c WHERE c.oid = 'events.consumers'::regclass),
    ARRAY['fillfactor=20', 'autovacuum_vacuum_scale_factor=0', 'autovacuum_vacuum_threshold=1000'],
    'its page has room for the next versions of a row'
);
SELECT is(
    (SELECT c.relrowsecurity AND c.relforcerowsecurity FROM pg_class AS c WHERE c.oid = 'events.consumers'::regclass), TRUE,
    'row level security is on and forced'
);

-- '23514 consumers_name_check'; NULL when the row is fine, which is then not kept.
CREATE FUNCTION pg_temp.refusal(changes jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hit text;
BEGIN
    INSERT INTO events.consumers
    SELECT r.* FROM jsonb_populate_record(NULL::events.consumers, jsonb_build_object(
        'name', 't1_new', 'incarnation', 1, 'from_xid', '100', 'delivered', 0,
        'created_at', '2031-03-05 10:00:00+00', 'updated_at', '2031-03-05 10:00:00+00'
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
    ('{}', NULL, 'between two windows'),
    ('{"upto_xid": "101", "last_id": 0, "high_id": 1}', NULL, 'or inside of one'),
    ('{"upto_xid": "101", "last_id": 7, "high_id": 9, "delivered": 9223372036854775807}', NULL, 'wherever in it'),
    ('{"upto_xid": "100", "last_id": 0, "high_id": 1}', '23514 consumers_window_check', 'a window has transactions in it'),
    ('{"upto_xid": "101", "last_id": 1, "high_id": 1}', '23514 consumers_window_check', 'and events that are to come'),
    ('{"upto_xid": "101", "last_id": 2, "high_id": 1}', '23514 consumers_window_check', 'not only such as were'),
    ('{"upto_xid": "101"}', '23514 consumers_window_check', 'it is open'),
    ('{"last_id": 1, "high_id": 2}', '23514 consumers_window_check', 'or it is not'),
    ('{"upto_xid": "101", "last_id": 1}', '23514 consumers_window_check', 'and has an end'),
    ('{"delivered": -1}', '23514 consumers_delivered_check', 'less than none is not delivered'),
    ('{"failed_at": "2031-03-05 10:00:00+00", "last_error": ""}', NULL, 'it may fail'),
    ('{"last_error": "full"}', '23514 consumers_last_error_check', 'at some time'),
    ('{"failed_at": "2031-03-05 10:00:00+00"}', '23514 consumers_last_error_check', 'for some reason')
) AS c (changes, refused, description);
SELECT is(
    pg_temp.refusal(jsonb_build_object('failed_at', '2031-03-05 10:00:00+00', 'last_error', repeat('x', v.length))),
    v.refused, v.description
)
FROM (VALUES
    (1000, NULL, 'that is not too long'), (1001, '23514 consumers_last_error_check', 'and no longer than 1000 characters')
) AS v (length, refused, description);
SELECT is(pg_temp.refusal(jsonb_build_object('name', v.name)), v.refused, v.description)
FROM (VALUES
    ('a', NULL, 'a letter is a name'),
    ('a' || repeat('_', 39), NULL, 'and so are forty characters'),
    ('a' || repeat('_', 40), '23514 consumers_name_check', 'but not more'),
    ('', '23514 consumers_name_check', 'none is none'),
    ('1a', '23514 consumers_name_check', 'it begins with a letter'),
    ('Redis', '23514 consumers_name_check', 'a small one'),
    (E'redis\n', '23514 consumers_name_check', 'and has nothing strange in it')
) AS v (name, refused, description);

PREPARE begin_to_read AS INSERT INTO events.consumers (name, incarnation, from_xid) VALUES ('t1_one', 1, '100');
SAVEPOINT nobody;
EXECUTE begin_to_read;
SELECT throws_ok('begin_to_read', '23505', NULL, 'nobody reads twice');

SELECT finish();
ROLLBACK;
