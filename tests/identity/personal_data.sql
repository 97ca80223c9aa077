-- identity.personal_data: every column that says something of a person, and whether it goes with them.

BEGIN;
SELECT plan(7);
\ir ../fixtures/core_grants.psql

SELECT is(
    pg_temp.grants_on('identity.personal_data'), ARRAY['tradebase_auditor: SELECT', 'tradebase_operator: SELECT'],
    'operators and auditors read it'
);
SELECT columns_are('identity', 'personal_data', ARRAY[
    'schema_name', 'table_name', 'column_name', 'is_erased', 'kept_because', 'description'
]);
PREPARE erased AS SELECT p.column_name FROM identity.personal_data AS p WHERE p.is_erased;
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
SELECT isnt_empty('erased', 'an auditor reads it');
SET LOCAL ROLE authenticated;
SELECT throws_ok('erased', '42501', NULL, 'a user does not');

RESET ROLE;
SELECT finish();
ROLLBACK;
