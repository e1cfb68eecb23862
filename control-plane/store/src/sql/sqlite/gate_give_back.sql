-- $1: {id, n}
UPDATE connection_gate SET active = max(active - (x.value ->> 'n'), 0)
  FROM json_each($1) x
 WHERE connection_gate.connection_id = unhex(x.value ->> 'id', '-')
