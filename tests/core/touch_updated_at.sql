-- core.touch_updated_at(): a row of a table that people edit says when it changed, whatever the statement claims.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is(pg_temp.who_may_execute('core.touch_updated_at()'), '{}', 'nobody makes triggers of it but the owner');
SELECT isnt_definer('core', 'touch_updated_at', '{}'::name[], 'it needs no rights but the writer''s');

CREATE TABLE market.t_notes (id integer, note text, updated_at timestamptz NOT NULL DEFAULT '2031-01-01 00:00:00+00');
GRANT SELECT, INSERT, UPDATE ON market.t_notes TO authenticated;
CREATE TRIGGER t_notes_touch BEFORE UPDATE ON market.t_notes
FOR EACH ROW EXECUTE FUNCTION core.touch_updated_at();
INSERT INTO market.t_notes (id, note) VALUES (1, 'first'), (2, 'second');

PREPARE stamps AS SELECT id, updated_at = '2031-01-01 00:00:00+00' FROM market.t_notes ORDER BY id;
PREPARE lie AS UPDATE market.t_notes SET updated_at = '2031-02-02 00:00:00+00' WHERE id = 2;

SELECT results_eq('stamps', 'VALUES (1, TRUE), (2, TRUE)', 'an insert keeps the time that it brings');

SET LOCAL ROLE authenticated;
UPDATE market.t_notes SET note = 'edited' WHERE id = 1;
SELECT results_eq('stamps', 'VALUES (1, FALSE), (2, TRUE)', 'an update stamps the row it changed and no other');
SELECT lives_ok('lie', 'an update may name a time');
SELECT results_eq('stamps', 'VALUES (1, FALSE), (2, FALSE)', 'and the row says the server''s all the same');
SELECT is_empty(
    $$ SELECT id FROM market.t_notes WHERE updated_at NOT BETWEEN transaction_timestamp() AND clock_timestamp() $$,
    'the time is the moment of the update'
);

RESET ROLE;
SELECT finish();
ROLLBACK;
