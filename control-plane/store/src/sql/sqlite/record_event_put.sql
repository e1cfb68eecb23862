-- $1: whole rows of `record_event` without their numbers, in the order in which they happened
INSERT INTO record_event (tenant_id, stream_id, source_key, at, run_id, what, facts, reason)
SELECT unhex(x.value ->> 'tenant_id', '-'), unhex(x.value ->> 'stream_id', '-'), x.value ->> 'source_key',
       x.value ->> 'at', unhex(x.value ->> 'run_id', '-'), x.value ->> 'what', x.value ->> 'facts',
       x.value ->> 'reason'
  FROM json_each($1) x
 ORDER BY x.key
