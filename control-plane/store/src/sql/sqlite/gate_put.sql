-- $1: {id, active, tat}
UPDATE connection_gate SET active = x.value ->> 'active', tat = x.value ->> 'tat'
  FROM json_each($1) x
 WHERE connection_gate.connection_id = unhex(x.value ->> 'id', '-')
