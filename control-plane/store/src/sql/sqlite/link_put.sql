-- $1: {tenant_id, entity, a_id, a_key, b_id, b_key}
INSERT INTO link (tenant_id, entity, a_id, a_key, b_id, b_key)
SELECT unhex(x.value ->> 'tenant_id', '-'), x.value ->> 'entity', unhex(x.value ->> 'a_id', '-'), x.value ->> 'a_key',
       unhex(x.value ->> 'b_id', '-'), x.value ->> 'b_key'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (a_id, entity, a_key, b_id) DO UPDATE SET b_key = excluded.b_key
