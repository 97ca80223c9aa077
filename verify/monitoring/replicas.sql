-- Verify tradebase:monitoring/replicas on pg

BEGIN;

SELECT name, is_here, state, is_synchronous, has_on_disk, has_replayed, bytes_behind, time_behind, bytes_until_lost
FROM monitoring.replicas WHERE FALSE;

DO $$
BEGIN
    ASSERT has_table_privilege('tradebase_monitor', 'monitoring.replicas', 'SELECT'),
        'monitoring.replicas: tradebase_monitor may not read it';
    ASSERT NOT has_table_privilege('authenticated', 'monitoring.replicas', 'SELECT'),
        'monitoring.replicas: clients may read it';
END
$$;

ROLLBACK;
