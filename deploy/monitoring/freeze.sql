-- Deploy tradebase:monitoring/freeze to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

CREATE VIEW monitoring."freeze" WITH (security_invoker = TRUE) AS
SELECT
    d.datname AS database, age(d.datfrozenxid) AS freeze_age, mxid_age(d.datminmxid) AS multixact_age,
    current_setting('autovacuum_freeze_max_age')::integer AS freeze_max_age,
    -- PostgreSQL takes no more writes three million before numbers come round.
    round(100.0 * greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)) / (2147483648 - 3000000), 2) AS used_percent
FROM pg_catalog.pg_database AS d;

COMMENT ON VIEW monitoring."freeze" IS
'How many transactions (and row locks of several at once) ago each database of the server was last frozen as a whole: at '
'100 percent it takes no more writes.';

GRANT SELECT ON monitoring.freeze TO tradebase_monitor;

COMMIT;
