-- Deploy tradebase:core/uuid7 to pg
-- requires: ops/guard_deploy

BEGIN;

CALL ops.guard_deploy();

DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        CREATE FUNCTION core.uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
        RETURN uuidv7();
    ELSE
        -- A random UUID (version 4) whose first 48 bits become the milliseconds since 1970; bits 52 and 53 turn the
        -- version from 4 into 7.
        CREATE FUNCTION core.uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
        RETURN encode(
            set_bit(
                set_bit(
                    overlay(
                        uuid_send(gen_random_uuid())
                        PLACING substring(int8send(floor(extract(EPOCH FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                        FROM 1 FOR 6
                    ),
                    52, 1
                ),
                53, 1
            ),
            'hex'
        )::uuid;
    END IF;
END
$$;

COMMENT ON FUNCTION core.uuid7() IS
'A new UUID version 7 (RFC 9562): time-ordered to the millisecond. Two of one millisecond sort at random.';

GRANT EXECUTE ON FUNCTION core.uuid7() TO tradebase_kernel;

COMMIT;
