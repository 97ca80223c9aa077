-- Deploy tradebase:core/client_key to pg
-- requires: core/is_client_key

BEGIN;

CALL ops.guard_deploy();

CREATE DOMAIN core.client_key AS text
CONSTRAINT client_key_check CHECK (value IS NULL OR core.is_client_key(value));

COMMENT ON DOMAIN core.client_key IS 'A key that a client chose, so that sending a command twice does it once.';

COMMIT;
