-- Three equal tables with a primary key and no more; the last is audited as ours are, by the body that
-- audit.trigger_body() writes.
CREATE TABLE market.plain (
    id         bigint         NOT NULL PRIMARY KEY,
    owner      text           NOT NULL,
    market_id  integer        NOT NULL,
    status     text           NOT NULL,
    price      core.price     NOT NULL,
    quantity   core.quantity  NOT NULL,
    fee        core.amount    NOT NULL,
    hold       core.amount    NOT NULL,
    filled     core.amount    NOT NULL,
    kind       text           NOT NULL,
    is_final   boolean        NOT NULL,
    reference  text           NOT NULL,
    note       text,
    created_at timestamptz    NOT NULL,
    updated_at timestamptz    NOT NULL,
    version    integer        NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE market.again (LIKE market.plain INCLUDING ALL) WITH (fillfactor = 50);
CREATE TABLE market.audited (LIKE market.plain INCLUDING ALL) WITH (fillfactor = 50);

DO $$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION market.audited_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, pg_temp SET jit = off AS %L', audit.trigger_body('market.audited')
    );
END
$$;
GRANT CREATE ON SCHEMA market TO tradebase_kernel;
ALTER FUNCTION market.audited_audit() OWNER TO tradebase_kernel;
REVOKE CREATE ON SCHEMA market FROM tradebase_kernel;
CREATE TRIGGER audited_audit_insert AFTER INSERT ON market.audited
REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION market.audited_audit();
CREATE TRIGGER audited_audit_update AFTER UPDATE ON market.audited
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION market.audited_audit();
ALTER TABLE market.audited
ENABLE ALWAYS TRIGGER audited_audit_insert,
ENABLE ALWAYS TRIGGER audited_audit_update;
