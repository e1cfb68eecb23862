-- $1: {tenant_id, kind, key, at}. The first time counts.
INSERT INTO usage (tenant_id, kind, key, at)
SELECT unhex(x.value ->> 'tenant_id', '-'), x.value ->> 'kind', x.value ->> 'key', x.value ->> 'at'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (tenant_id, kind, key) DO NOTHING
