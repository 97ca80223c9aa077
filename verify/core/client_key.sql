-- Verify tradebase:core/client_key on pg

BEGIN;

DO $$
BEGIN
    ASSERT (
        SELECT typbasetype = 'text'::regtype FROM pg_type
        WHERE typnamespace = 'core'::regnamespace AND typname = 'client_key'
    ),
        'core.client_key is no domain over text';
    ASSERT EXISTS (
        SELECT FROM pg_constraint AS c JOIN pg_type AS t ON t.oid = c.contypid
        WHERE t.typname = 'client_key' AND c.conname = 'client_key_check' AND c.convalidated
    ),
        'core.client_key checks nothing';
END
$$;

ROLLBACK;
