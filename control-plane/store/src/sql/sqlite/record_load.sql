-- $1: [stream, source key]
SELECT r.*
  FROM json_each($1) x
  JOIN record r ON r.stream_id = unhex(x.value ->> 0, '-') AND r.source_key = x.value ->> 1
