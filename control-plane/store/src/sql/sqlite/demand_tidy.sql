-- $1: {stream_id, order_key, …}. What no longer waits is forgotten.
DELETE FROM open_demand
 WHERE quantity <= 0
   AND (stream_id, order_key) IN (
     SELECT unhex(x.value ->> 'stream_id', '-'), x.value ->> 'order_key' FROM json_each($1) x)
