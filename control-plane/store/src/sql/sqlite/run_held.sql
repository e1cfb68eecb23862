-- $1: run ids. Each run, with what bears on it from its stream.
SELECT r.*, s.state AS stream_state, s.verify AS stream_verify, s.kind AS stream_kind
  FROM json_each($1) x
  JOIN run r ON r.id = unhex(x.value, '-')
  LEFT JOIN stream s ON s.id = r.stream_id
