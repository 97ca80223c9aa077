-- Deploy tradebase:identity/erase_user to pg
-- requires: core/give_reason
-- requires: identity/set_user_status
-- requires: identity/profiles_access
-- requires: identity/support_openings_access
-- requires: identity/user_sessions_access
-- requires: portfolio/balances_access
-- requires: portfolio/transfers_access
-- requires: trading/orders_access

BEGIN;

CALL ops.guard_deploy();

CREATE FUNCTION identity.erase_user(user_id uuid, reason text)
RETURNS jsonb
LANGUAGE plpgsql
VOLATILE
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    account   identity.users%ROWTYPE;
    left_over jsonb;
BEGIN
    PERFORM core.give_reason(reason);
    SELECT * INTO account
    FROM identity.users AS u WHERE u.id = erase_user.user_id AND u.kind = 'customer' FOR NO KEY UPDATE;
    IF NOT found THEN
        RAISE EXCEPTION 'unknown user' USING ERRCODE = 'TR012', DETAIL = jsonb_build_object('user_id', user_id);
    ELSIF account.status <> 'closed' THEN
        RAISE EXCEPTION 'the account is not closed'
            USING ERRCODE = 'TR503', DETAIL = jsonb_build_object('status', account.status),
            HINT = 'Close it first: identity.set_user_status().';
    END IF;

    -- Nobody can pay out to somebody who is gone, nor ask them. A closed account gets nothing new.
    SELECT jsonb_build_object('balances', b.n, 'open_orders', o.n, 'pending_transfers', t.n) INTO left_over
    FROM (
        SELECT count(*) AS n FROM portfolio.balances AS x
        WHERE x.user_id = erase_user.user_id AND (x.available <> 0 OR x.held <> 0)
    ) AS b, (
        SELECT count(*) AS n FROM partitions.orders_open AS x WHERE x.user_id = erase_user.user_id
    ) AS o, (
        SELECT count(*) AS n FROM portfolio.transfers AS x
        WHERE x.user_id = erase_user.user_id AND x.status = 'pending'
    ) AS t
    WHERE b.n + o.n + t.n > 0;
    IF found THEN
        RAISE EXCEPTION 'the account is not empty'
            USING ERRCODE = 'TR504', DETAIL = left_over, HINT = 'Cancel its orders and pay out or adjust what is left.';
    END IF;

    -- Every column tagged [personal], see identity.personal_data. Numbers, times and ids stay: the books are whole.
    UPDATE identity.profiles AS p
    SET display_name = NULL, country = NULL, timezone = 'UTC', reporting_asset_id = NULL, preferences = '{}'
    WHERE p.user_id = erase_user.user_id;
    UPDATE identity.user_sessions AS s SET token_hash = NULL, ip_network = NULL, device_hash = NULL
    WHERE s.user_id = erase_user.user_id;
    UPDATE identity.support_openings AS o SET reason = 'erased' WHERE o.user_id = erase_user.user_id;
    UPDATE portfolio.transfers AS t
    SET destination = NULL, reason = CASE WHEN t.reason IS NOT NULL THEN 'erased' END
    WHERE t.user_id = erase_user.user_id AND num_nonnulls(t.destination, t.reason) > 0;
    -- Supabase's auth.users is its own to empty; where there is no such service the table is ours.
    IF (
        CASE WHEN has_schema_privilege('auth', 'USAGE') THEN has_column_privilege('auth.users', 'email', 'UPDATE') END
    ) THEN
        UPDATE auth.users AS a SET email = NULL, raw_app_meta_data = '{}', raw_user_meta_data = '{}'
        WHERE a.id = erase_user.user_id;
    END IF;
    UPDATE identity.users AS u SET erased_at = coalesce(u.erased_at, clock_timestamp())
    WHERE u.id = erase_user.user_id
    RETURNING * INTO account;
    RETURN jsonb_build_object('user_id', account.id, 'erased_at', account.erased_at);
END
$$;

COMMENT ON FUNCTION identity.erase_user(uuid, text) IS
'Takes out of every column tagged [personal] what it says of a closed customer with nothing left; ledger, orders, '
'fills and the id that they go by stay. Again is the same. What an auth service keeps is its own to remove: on '
'Supabase, soft deletion by its admin API. The reason stays on record: it names a case, never the person. TR010 no '
'reason, TR012 unknown user, TR503 not closed, TR504 balances, open orders or pending transfers are left.';

GRANT UPDATE (erased_at) ON identity.users TO tradebase_kernel;
GRANT UPDATE (display_name, country, timezone, reporting_asset_id, preferences)
ON identity.profiles TO tradebase_kernel;
GRANT UPDATE (destination) ON portfolio.transfers TO tradebase_kernel;
DO $$
BEGIN
    IF obj_description('auth.users'::regclass, 'pg_class') = 'made by tradebase' THEN
        GRANT USAGE ON SCHEMA auth TO tradebase_kernel;
        GRANT SELECT (id), UPDATE (email, raw_app_meta_data, raw_user_meta_data) ON auth.users TO tradebase_kernel;
        CREATE POLICY users_kernel_all ON auth.users FOR ALL TO tradebase_kernel USING (TRUE) WITH CHECK (TRUE);
    END IF;
END
$$;
GRANT CREATE ON SCHEMA identity TO tradebase_kernel;
ALTER FUNCTION identity.erase_user(uuid, text) OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA identity FROM tradebase_kernel;

GRANT EXECUTE ON FUNCTION identity.erase_user(uuid, text) TO tradebase_operator;

COMMIT;
