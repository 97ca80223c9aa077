-- Revert tradebase:portfolio/post_journal from pg

BEGIN;

CALL ops.guard_revert('portfolio/post_journal');

DROP FUNCTION portfolio.post_journal(uuid, text, uuid, uuid[], integer[], numeric[], numeric[]);

COMMIT;
