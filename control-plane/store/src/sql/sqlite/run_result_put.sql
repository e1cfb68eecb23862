-- $1: {run_id, tenant_id, kind, bytes (hexadecimal), expires_at}
INSERT INTO run_result (run_id, tenant_id, kind, bytes, expires_at)
SELECT unhex(x.value ->> 'run_id', '-'), unhex(x.value ->> 'tenant_id', '-'), x.value ->> 'kind',
       unhex(x.value ->> 'bytes'), x.value ->> 'expires_at'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (run_id) DO UPDATE SET kind = excluded.kind, bytes = excluded.bytes, expires_at = excluded.expires_at
