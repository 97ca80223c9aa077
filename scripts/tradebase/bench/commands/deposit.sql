\set n :n + 1
\set user random(1, :users)
SELECT api.deposit(
    user_id => bench.user_id(:user), asset => 'BUSD', amount => 100,
    idempotency_key => 'deposit-' || :slice || '-' || :client_id || '-' || :n
);
