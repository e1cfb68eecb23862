-- $1: {id, at}
UPDATE stream SET next_due_at = x.value ->> 'at'
  FROM json_each($1) x
 WHERE stream.id = unhex(x.value ->> 'id', '-')
