-- $1: {id, n}
UPDATE stream SET wanted_seq = wanted_seq + (x.value ->> 'n')
  FROM json_each($1) x
 WHERE stream.id = unhex(x.value ->> 'id', '-')
