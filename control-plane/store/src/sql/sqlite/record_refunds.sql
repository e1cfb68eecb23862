-- $1: [stream, source key of an order]
SELECT r.*
  FROM json_each($1) x
  JOIN record r ON r.stream_id = unhex(x.value ->> 0, '-') AND r.order_key = x.value ->> 1
