-- audit.trigger_body(): what its triggers record of each way to write, and what they keep to themselves.

BEGIN;
SELECT plan(29);
\ir ../fixtures/alice_and_bob.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.who_may_execute('audit.trigger_body(regclass)'), ARRAY['tradebase_auditor', 'tradebase_worker'],
    'who compares may have it written'
);

CREATE TABLE market.things (
    id         integer     NOT NULL PRIMARY KEY,
    name       text,
    price      core.price,
    phone      text,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN market.things.phone IS 'Of its owner. [personal]';
COMMENT ON COLUMN market.things.updated_at IS 'When. [not audited: the record has its own time]';
GRANT SELECT, INSERT, UPDATE, DELETE ON market.things TO tradebase_operator;
SELECT format(
    'CREATE FUNCTION market.things_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
     SET search_path = pg_catalog, pg_temp AS %L', audit.trigger_body('market.things')
) \gexec
GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.things_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;
CREATE TRIGGER things_audit_insert AFTER INSERT ON market.things
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION market.things_audit();
CREATE TRIGGER things_audit_update AFTER UPDATE ON market.things
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION market.things_audit();
CREATE TRIGGER things_audit_delete AFTER DELETE ON market.things
REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION market.things_audit();
CREATE TRIGGER things_audit_truncate AFTER TRUNCATE ON market.things
FOR EACH STATEMENT EXECUTE FUNCTION market.things_audit();

-- What was recorded since it was last asked.
CREATE FUNCTION pg_temp.news() RETURNS TABLE (operation text, row_key text, before text, after text)
LANGUAGE plpgsql AS $$
DECLARE
    seen CONSTANT bigint := coalesce(nullif(current_setting('t.seen', TRUE), ''), '0')::bigint;
BEGIN
    RETURN QUERY
    SELECT l.operation::text, l.row_key::text, l.before::text, l.after::text FROM audit.audit_logs AS l
    WHERE l.relation = 'market.things' AND l.id > seen ORDER BY l.id;
    PERFORM set_config('t.seen', coalesce(max(l.id), 0)::text, TRUE) FROM audit.audit_logs AS l;
END
$$;
PREPARE news AS SELECT * FROM pg_temp.news();

SET LOCAL ROLE tradebase_operator;
SELECT set_config('request.jwt.claims', :'alice_claims', TRUE);
INSERT INTO market.things (id, name, price, phone) VALUES (1, 'one', 0.000000000000000001, '555-CANARY'), (2, NULL, 2, NULL);
RESET ROLE;
SELECT results_eq(
    'news',
    $$ VALUES
        ('INSERT', '1', NULL::text, '{"id": 1, "name": "one", "phone": "[personal]", "price": "0.000000000000000001"}'),
        ('INSERT', '2', NULL, '{"id": 2, "name": null, "phone": null, "price": "2"}') $$,
    'INSERT: each row whole, money as text, of what is personal that it is there'
);
SELECT results_eq(
    $$ SELECT DISTINCT l.actor_id, l.database_role::text, l.session_role::text FROM audit.audit_logs AS l
       WHERE l.relation = 'market.things' $$,
    format('VALUES (%L::uuid, %L, %L)', :'alice', 'tradebase_operator', session_user),
    'by whom, as which role: not the kernel, which the function runs as'
);
SELECT set_config('request.jwt.claims', '', TRUE);
UPDATE market.things SET name = 'uno' WHERE id = 1;
SELECT results_eq(
    'news', $$ VALUES ('UPDATE', '1', '{"name": "one"}', '{"name": "uno"}') $$, 'UPDATE: what changed, before and after'
);
SELECT is(
    (SELECT l.actor_id FROM audit.audit_logs AS l WHERE l.relation = 'market.things' ORDER BY l.id DESC LIMIT 1), NULL,
    'a write without an actor is recorded as such'
);
UPDATE market.things SET name = name, updated_at = clock_timestamp();
SELECT is_empty('news', 'what changes nothing writes nothing');
UPDATE market.things SET name = name WHERE FALSE;
SELECT is_empty('news', 'nor does what finds nothing');
UPDATE market.things SET phone = '555-OTHER' WHERE id = 1;
SELECT results_eq(
    'news', $$ VALUES ('UPDATE', '1', '{"phone": "[personal]"}', '{"phone": "[personal]"}') $$, 'that a phone changed, not from what to what'
);
UPDATE market.things SET phone = NULL, name = NULL WHERE id = 1;
SELECT results_eq(
    'news', $$ VALUES ('UPDATE', '1', '{"name": "uno", "phone": "[personal]"}', '{"name": null, "phone": null}') $$,
    'to nothing is a change'
);
UPDATE market.things SET id = 7 WHERE id = 2;
SELECT results_eq(
    'SELECT operation, row_key, before IS NULL, after IS NULL FROM pg_temp.news() ORDER BY operation',
    $$ VALUES ('DELETE', '2', FALSE, TRUE), ('INSERT', '7', TRUE, FALSE) $$, 'what changes its key ends as one row and begins as another'
);
SAVEPOINT before_keys_move;
INSERT INTO market.things (id, name) VALUES (21, 'a'), (22, 'b');
SELECT isnt_empty('news', 'two more rows');
UPDATE market.things SET id = id - 1 WHERE id IN (21, 22);
SELECT results_eq(
    $$ SELECT operation, row_key, before::jsonb ->> 'name', after::jsonb ->> 'name' FROM pg_temp.news() ORDER BY row_key $$,
    $$ VALUES ('INSERT', '20', NULL, 'a'), ('UPDATE', '21', 'a', 'b'), ('DELETE', '22', 'b', NULL) $$,
    'where keys move on, each key has what stood and what stands under it'
);
ROLLBACK TO before_keys_move;
INSERT INTO market.things (id, name) VALUES (1, 'one'), (4, 'four') ON CONFLICT (id) DO UPDATE SET name = excluded.name;
SELECT results_eq(
    'SELECT operation, row_key FROM pg_temp.news() ORDER BY row_key', $$ VALUES ('UPDATE', '1'), ('INSERT', '4') $$,
    'ON CONFLICT is what it came to'
);
INSERT INTO market.things (id) VALUES (4) ON CONFLICT (id) DO NOTHING;
SELECT is_empty('news', 'and nothing when it came to nothing');
MERGE INTO market.things AS t USING (VALUES (1, NULL), (4, 'vier'), (5, 'five')) AS v (id, name) ON t.id = v.id
WHEN MATCHED AND v.name IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET name = v.name
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (v.id, v.name);
SELECT results_eq(
    'SELECT operation, row_key FROM pg_temp.news() ORDER BY row_key',
    $$ VALUES ('DELETE', '1'), ('UPDATE', '4'), ('INSERT', '5') $$, 'MERGE: all that it did'
);
WITH gone AS (DELETE FROM market.things WHERE id = 5 RETURNING id) INSERT INTO market.things (id) SELECT id + 1 FROM gone;
SELECT results_eq(
    'SELECT operation, row_key FROM pg_temp.news() ORDER BY row_key', $$ VALUES ('DELETE', '5'), ('INSERT', '6') $$,
    'a statement within a statement, too'
);
COPY market.things (id, name) FROM STDIN;
8	eight
9	nine
\.
SELECT results_eq(
    'SELECT operation, row_key FROM pg_temp.news() ORDER BY row_key', $$ VALUES ('INSERT', '8'), ('INSERT', '9') $$,
    'COPY is an INSERT'
);
DELETE FROM market.things WHERE id = 8;
SELECT results_eq(
    'news', $$ VALUES ('DELETE', '8', '{"id": 8, "name": "eight", "phone": null, "price": null}', NULL::text) $$,
    'DELETE: the whole row'
);
DELETE FROM market.things WHERE FALSE;
SELECT is_empty('news', 'none when none went');
SAVEPOINT before_it_is_taken_back;
DELETE FROM market.things;
ROLLBACK TO before_it_is_taken_back;
SELECT is_empty('news', 'what is taken back is not on record');
TRUNCATE market.things;
SELECT results_eq('news', $$ VALUES ('TRUNCATE', NULL::text, NULL::text, NULL::text) $$, 'TRUNCATE: that it happened');
SELECT is_empty(
    $$ SELECT FROM audit.audit_logs AS l WHERE l.relation = 'market.things' AND l::text ~ '555-(CANARY|OTHER)' $$,
    'nowhere stands what is personal'
);
SELECT is_empty(
    $$ SELECT FROM audit.audit_logs AS l WHERE l.relation = 'market.things' AND l::text ~ 'updated_at' $$,
    'nor what is not audited'
);

-- A key of two columns.
CREATE TABLE market.pairs (a integer, b text, c text, PRIMARY KEY (a, b));
SELECT alike(audit.trigger_body('market.pairs'), '%concat_ws('','', o.a, o.b)%', 'a key of two columns is both');

-- A table of ours: its triggers fire where a replica's would sleep, and its log tells of its function.
SELECT is(
    (SELECT p.prosrc = audit.trigger_body('identity.profiles') FROM pg_proc AS p WHERE p.oid = 'identity.profiles_audit()'::regprocedure),
    TRUE, 'what stands in a table''s file is what it writes'
);
ALTER TABLE identity.profiles ADD COLUMN motto text;
SELECT isnt(
    (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = 'identity.profiles_audit()'::regprocedure),
    audit.trigger_body('identity.profiles'), 'and no longer when a column comes'
);
SELECT is(
    (SELECT c.problem FROM audit.coverage AS c WHERE c.relation = 'identity.profiles'),
    'is audited by another body than audit.trigger_body() writes', 'which audit.coverage tells'
);
SELECT isnt(
    audit.trigger_body('identity.profiles'), replace(audit.trigger_body('identity.profiles'), 'motto', ''),
    'it names every column'
);
SELECT unalike(audit.trigger_body('identity.user_sessions'), '%''last_seen_at'', o.%', 'but those that are left out');

SELECT finish();
ROLLBACK;
