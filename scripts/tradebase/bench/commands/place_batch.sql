\set slot 1 + :client_id % :slots
SELECT api.place_orders_for(user_id => s.user_id, orders => s.payload) FROM bench.next(:slot) AS s;
