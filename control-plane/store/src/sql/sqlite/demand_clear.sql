-- $1: [stream, order]. All that is known of these orders' demand.
DELETE FROM open_demand
 WHERE (stream_id, order_key) IN (SELECT unhex(x.value ->> 0, '-'), x.value ->> 1 FROM json_each($1) x)
