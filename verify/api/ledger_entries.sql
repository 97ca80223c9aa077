-- Verify tradebase:api/ledger_entries on pg

BEGIN;

SELECT created_at, asset, version, reason, ref_id, d_available, d_held, available_after, held_after
FROM api.ledger_entries
WHERE FALSE;

DO $$
BEGIN
    ASSERT (
        SELECT reloptions @> ARRAY['security_invoker=true'] FROM pg_class WHERE oid = 'api.ledger_entries'::regclass
    ),
        'api.ledger_entries: runs with its owner''s rights';
    ASSERT has_table_privilege('authenticated', 'api.ledger_entries', 'SELECT'),
        'api.ledger_entries: authenticated cannot read it';
    ASSERT NOT has_table_privilege('anon', 'api.ledger_entries', 'SELECT'), 'api.ledger_entries: anon can read it';
    ASSERT NOT has_any_column_privilege('authenticated', 'api.ledger_entries', 'INSERT, UPDATE'),
        'api.ledger_entries: authenticated can write through it';
    ASSERT has_function_privilege('authenticated', 'api.assets(api.ledger_entries)', 'EXECUTE'),
        'api.assets(): authenticated may not execute it';
    ASSERT NOT has_function_privilege('anon', 'api.assets(api.ledger_entries)', 'EXECUTE'),
        'api.assets(): anon may execute it';
END
$$;

ROLLBACK;
