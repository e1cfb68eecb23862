-- $1: [stream, order]. Those that the orders stream of the same flow and shop is to read and has no record of.
SELECT s.id AS stream_id, x.value ->> 1 AS order_key
  FROM json_each($1) x
  JOIN stream s ON s.id = unhex(x.value ->> 0, '-')
  JOIN stream o ON o.flow_id = s.flow_id AND o.kind = 'orders' AND o.source_id = s.target_id AND o.state <> 'off'
 WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.stream_id = o.id AND r.source_key = x.value ->> 1)
