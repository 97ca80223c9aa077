\set slot 1 + :client_id % :slots
SELECT api.cancel_order_for(user_id => s.user_id, order_id => s.order_id) FROM bench.next(:slot) AS s;
