-- identity.personal_data: every column that says something of a person, and whether it goes with them.

BEGIN;
SELECT plan(17);
\ir ../fixtures/trading_market.psql
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.grants_on('identity.personal_data'), ARRAY['tradebase_auditor: SELECT', 'tradebase_operator: SELECT'],
    'operators and auditors read it'
);
SELECT columns_are('identity', 'personal_data', ARRAY[
    'schema_name', 'table_name', 'column_name', 'is_erased', 'kept_because', 'description'
]);
PREPARE what_goes AS SELECT p.column_name FROM identity.personal_data AS p WHERE p.is_erased;
SET LOCAL ROLE tradebase_operator;
SELECT is(
    ARRAY(
        SELECT p.schema_name || '.' || p.table_name || '.' || p.column_name FROM identity.personal_data AS p
        WHERE p.is_erased ORDER BY (p.schema_name || '.' || p.table_name || '.' || p.column_name) COLLATE "C"
    ), ARRAY[
        'identity.profiles.country', 'identity.profiles.display_name', 'identity.profiles.preferences',
        'identity.profiles.timezone', 'identity.support_openings.reason', 'identity.user_sessions.device_hash',
        'identity.user_sessions.ip_network', 'identity.user_sessions.token_hash', 'portfolio.transfers.destination',
        'portfolio.transfers.reason'
    ],
    'what is erased: a column more needs a line in identity.erase_user() and here'
);
SELECT results_eq(
    $$ SELECT p.column_name, p.kept_because, p.description FROM identity.personal_data AS p
       WHERE p.table_name = 'transfers' AND NOT p.is_erased AND p.column_name = 'idempotency_key' $$,
    $$ VALUES ('idempotency_key', 'made by a program', 'The sender''s key: the same request again finds this row.') $$,
    'what stays says why, and the comment is there without the tag'
);
SELECT is_empty('SELECT column_name FROM identity.personal_data WHERE is_erased = (kept_because IS NOT NULL)', 'each is one or the other');
SET LOCAL ROLE tradebase_auditor;
SELECT isnt_empty('what_goes', 'an auditor reads it');
SET LOCAL ROLE authenticated;
SELECT throws_ok('what_goes', '42501', NULL, 'a user does not');

-- A whole life here, with a canary of Alice's in whatever she, her devices and those who help her can write.
RESET ROLE;
\set carol cccccccc-0000-4000-8000-00000000000c
INSERT INTO auth.users (id) VALUES (:'carol');
INSERT INTO identity.staff_roles (user_id, role, granted_by) VALUES (:'carol', 'tradebase_support', '{}');
UPDATE auth.users SET email = 'canary@t1.example' WHERE id = :'alice';
-- Only where the table is ours have we a right to empty it.
SELECT set_config('tests.canaries_in_auth', coalesce(
    obj_description('auth.users'::regclass, 'pg_class') = 'made by tradebase', FALSE
)::text, TRUE) AS auth_is_ours \gset
SET LOCAL ROLE service_role;
SELECT identity.start_session(
    :'alice', 'canary-canary-canary-1', '198.51.100.77', sha256('canary')
) ->> 'session_id' AS session \gset
SELECT portfolio.deposit(:'alice', 'T1USD', 10, 'canary:in', 'canary:iban') ->> 'status' AS deposited \gset
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format(
    '{"sub": "%s", "session_id": "%s", "email": "canary@t1.example", "user_metadata": {"name": "canary"}}',
    :'alice', :'session'
), TRUE) AS claims \gset
SELECT set_config('request.headers', '{"x-request-id": "canary-1", "user-agent": "canary", "x-forwarded-for": "canary"}', TRUE)
AS headers \gset
SELECT api.edit_profile(
    '{"display_name": "canary", "country": "XQ", "timezone": "canary", "preferences": {"canary": "canary"}}'
) ->> 'country' AS edited \gset
SELECT api.place_order('T1BTC-T1USD', 'buy', 'limit', 0.1, 100, client_order_id => 'canary:1') #>> '{order,id}' AS placed \gset
SELECT api.amend_order(:'placed', price => 101, client_order_id => 'canary:2') #>> '{order,id}' AS amended \gset
SELECT api.request_withdrawal('T1USD', 1, 'canary:out', 'canary') ->> 'id' AS out \gset
SELECT api.request_withdrawal('T1USD', 1, 'canary:back', 'canary') ->> 'id' AS back \gset
SELECT api.transfer(:'bob', 'T1USD', 1, 'canary:gift') ->> 'id' AS gift \gset
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', format('{"sub": "%s"}', :'carol'), TRUE) AS claims \gset
SELECT set_config('request.headers', '', TRUE) AS headers \gset
SELECT api.support_open(:'alice', 'canary is on the phone') ->> 'user_id' AS opened \gset
SET LOCAL ROLE service_role;
SELECT set_config('request.jwt.claims', '', TRUE) AS claims \gset
SELECT api.send_withdrawal(t.id::uuid) FROM (VALUES (:'out'), (:'back')) AS t (id) \g /dev/null
SELECT api.complete_withdrawal(:'out', 'canary:sent') ->> 'status' AS status \gset
SELECT api.cancel_withdrawal_for(:'alice', :'back', 'canary: the bank returned it') ->> 'status' AS status \gset

-- Every column of every table of ours that has her canary in it.
RESET ROLE;
CREATE FUNCTION pg_temp.canaries() RETURNS TABLE (place text, tag text) LANGUAGE plpgsql AS $$
DECLARE
    c    record;
    hits bigint;
BEGIN
    FOR c IN
        SELECT
            a.attrelid::regclass AS relation, a.attname, a.atttypid = 'bytea'::regtype AS is_bytes,
            substring(col_description(a.attrelid, a.attnum) FROM '\[(personal|kept)[^]]*\]$') AS tag
        FROM pg_attribute AS a
        JOIN pg_class AS t ON t.oid = a.attrelid
        WHERE
            t.relkind IN ('r', 'p') AND NOT t.relispartition AND a.attnum > 0 AND NOT a.attisdropped
            AND (t.relnamespace::regnamespace::text IN (
                'core', 'identity', 'market', 'trading', 'portfolio', 'system', 'audit', 'events', 'ops', 'monitoring',
                'api', 'attic'
            ) OR (current_setting('tests.canaries_in_auth')::boolean AND t.oid = 'auth.users'::regclass))
    LOOP
        EXECUTE format(
            'SELECT count(*) FROM %s AS t WHERE %s ~* $1 OR %s ~ $2', c.relation,
            format(CASE WHEN c.is_bytes THEN 'encode(t.%I, ''escape'')' ELSE 't.%I::text' END, c.attname),
            format('t.%I::text', c.attname)
        ) INTO hits USING 'canary', '\mXQ\M|^198[.]51[.]100|' || encode(sha256('canary'), 'hex') || '|'
            || encode(sha256('canary-canary-canary-1'), 'hex');
        IF hits > 0 THEN
            place := format('%s.%s', c.relation, c.attname);
            tag := c.tag;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;
PREPARE untagged AS
SELECT c.place FROM pg_temp.canaries() AS c WHERE c.tag IS NULL AND c.place <> 'auth.users.email';
SELECT is_empty('untagged', 'whatever Alice can write lands in a column that is tagged');
SELECT is(
    ARRAY(SELECT c.place FROM pg_temp.canaries() AS c WHERE c.tag = 'personal' ORDER BY c.place COLLATE "C"),
    ARRAY(
        SELECT format('%s.%s.%s', p.schema_name, p.table_name, p.column_name) FROM identity.personal_data AS p
        WHERE p.is_erased ORDER BY format('%s.%s.%s', p.schema_name, p.table_name, p.column_name) COLLATE "C"
    ), 'in each that is erased'
);

-- She is out, and erased.
SELECT trading.cancel_all_orders_for(:'alice') AS canceled \gset
SELECT portfolio.adjust(:'alice', a.code, -b.available::numeric, 'canary is paid out', 'out:' || a.code) ->> 'status'
FROM portfolio.balances AS b JOIN market.assets AS a ON a.id = b.asset_id
WHERE b.user_id = :'alice' AND b.available > 0 \g /dev/null
SET LOCAL ROLE tradebase_operator;
SELECT identity.set_user_status(:'alice', 'closed', 'Case 17.') ->> 'status' AS status \gset
SELECT isnt(identity.erase_user(:'alice', 'Case 17.') ->> 'erased_at', NULL, 'Alice is erased');
RESET ROLE;
SELECT is_empty('untagged', 'no column without a tag knows her');
SELECT is(
    ARRAY(SELECT c.place FROM pg_temp.canaries() AS c ORDER BY c.place COLLATE "C"),
    ARRAY[
        'audit.audit_logs.after', 'audit.audit_logs.request_id', 'events.outbox.payload',
        'portfolio.transfers.external_ref', 'portfolio.transfers.idempotency_key',
        'trading.client_orders.client_order_id', 'trading.orders.client_order_id'
    ], 'what her programs and the bank called things is all that is left, and each says why'
);
-- And nothing of her comes back, though her token and Carol's are good for an hour.
SET LOCAL ROLE authenticated;
SELECT set_config('request.jwt.claims', format('{"sub": "%s"}', :'alice'), TRUE) AS claims \gset
SELECT throws_ok(
    $$ SELECT api.edit_profile('{"display_name": "canary"}') $$, 'TR008', 'the user may not do this', 'she writes nothing more'
);
SET LOCAL ROLE tradebase_support;
SELECT set_config('request.jwt.claims', format('{"sub": "%s"}', :'carol'), TRUE) AS claims \gset
SELECT throws_ok(
    format('SELECT api.support_open(%L, %L)', :'alice', 'canary'), 'TR012', 'unknown user', 'support opens her no more'
);
SET LOCAL ROLE service_role;
SELECT set_config('request.jwt.claims', '', TRUE) AS claims \gset
SELECT throws_ok(
    format('SELECT api.start_session(%L, %L)', :'alice', 'canary-canary-canary-1'), 'TR008', 'the account is closed',
    'no service signs her in'
);
SELECT is(
    identity.access_token_hook(jsonb_build_object('user_id', :'alice', 'claims', jsonb_build_object(
        'sub', :'alice', 'exp', 4102444800, 'session_id', :'session'
    ))) #>> '{error,message}', 'the account is closed', 'and she gets no token'
);
RESET ROLE;
SELECT is_empty('SELECT c.check_name FROM ops.verify_integrity() AS c WHERE c.bad_count > 0', 'and the books hold');

SELECT finish();
ROLLBACK;
