-- $1: {id, run, epoch, ok_at (or null), empty (0 or 1)}
UPDATE stream SET last_run = unhex(x.value ->> 'run', '-'), last_epoch = x.value ->> 'epoch',
       last_ok_at = coalesce(x.value ->> 'ok_at', last_ok_at), empty_runs = empty_runs + (x.value ->> 'empty')
  FROM json_each($1) x
 WHERE stream.id = unhex(x.value ->> 'id', '-')
