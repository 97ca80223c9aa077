\set n :n + 1
\set user random(1, :users)
\set market random(1, :markets)
\set side random(1, 2)
\set ticks random(1, 1000)
SELECT api.place_order_for(
    user_id => bench.user_id(:user), market => bench.symbol(:market), side => (ARRAY['buy', 'sell'])[:side],
    type => 'limit', quantity => 0.1, price => 100 + (2 * :side - 3) * :ticks * 0.01,
    client_order_id => 'place-' || :slice || '-' || :client_id || '-' || :n
);
