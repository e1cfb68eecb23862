-- $1: {id, cursor (or null), backfill_cursor (or null)}
UPDATE stream SET cursor = coalesce(x.value ->> 'cursor', cursor),
       backfill_cursor = coalesce(x.value ->> 'backfill_cursor', backfill_cursor)
  FROM json_each($1) x
 WHERE stream.id = unhex(x.value ->> 'id', '-')
