\set slot 1 + :client_id % :slots
SELECT api.settle_trades(s.payload) FROM bench.next(:slot) AS s;
