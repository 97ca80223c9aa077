-- Deploy tradebase:core/uuid7_time to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

-- Used in CHECKs, so it must be inlined: a standard body binds its names now and needs no pinned search_path.
CREATE FUNCTION core.uuid7_time(id uuid)
RETURNS timestamptz
LANGUAGE sql
IMMUTABLE
STRICT
PARALLEL SAFE
RETURN to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000::double precision);

COMMENT ON FUNCTION core.uuid7_time(uuid) IS
'The time inside a UUID version 7, to the millisecond. Of any other UUID it makes no sense of the first 48 bits.';

-- The kernel writes rows whose CHECK calls it; clients bound a search by the time inside an id.
GRANT EXECUTE ON FUNCTION core.uuid7_time(uuid) TO tradebase_kernel, anon, authenticated, service_role;

COMMIT;
