-- portfolio.transfer_json(): a transfer as its sender sees it, amounts as text and no reason of an operator.

BEGIN;
SELECT plan(3);
\ir ../fixtures/money_moves.psql

SELECT is(
    pg_temp.who_may_execute('portfolio.transfer_json(portfolio.transfers,boolean)'), ARRAY['tradebase_kernel'],
    'it is for the definer functions'
);
SELECT is(
    (SELECT portfolio.transfer_json(t, FALSE) - ARRAY['created_at', 'completed_at', 'write_token']
     FROM portfolio.transfers AS t WHERE t.id = :'alice_deposit'),
    jsonb '{
        "user_id": "aaaaaaaa-0000-4000-8000-00000000000a", "to_user_id": null, "asset": "T1USD", "kind": "deposit",
        "status": "completed", "amount": "100.25", "fee": "0", "idempotency_key": "alice:1", "destination": null,
        "external_ref": "wire-1", "sent_at": null, "replayed": false
    }' || jsonb_build_object('id', :'alice_deposit'),
    'every column that is the sender''s'
);
SELECT is(
    (SELECT jsonb_typeof(portfolio.transfer_json(t, TRUE) -> 'amount') FROM portfolio.transfers AS t
     WHERE t.id = :'alice_deposit'), 'string', 'an amount is text'
);

SELECT finish();
ROLLBACK;
