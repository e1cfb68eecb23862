-- $1: run ids
DELETE FROM run WHERE id IN (SELECT unhex(x.value, '-') FROM json_each($1) x)
