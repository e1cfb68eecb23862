-- $1: whole rows of `run_log`
INSERT INTO run_log (id, tenant_id, stream_id, connection_id, kind, outcome, epoch, totals, error, created_at, ended_at)
SELECT unhex(x.value ->> 'id', '-'), unhex(x.value ->> 'tenant_id', '-'), unhex(x.value ->> 'stream_id', '-'),
       unhex(x.value ->> 'connection_id', '-'), x.value ->> 'kind', x.value ->> 'outcome', x.value ->> 'epoch',
       x.value ->> 'totals', x.value ->> 'error', x.value ->> 'created_at', x.value ->> 'ended_at'
  FROM json_each($1) x
