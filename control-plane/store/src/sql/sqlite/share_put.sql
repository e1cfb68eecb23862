-- $1: {tenant_id, grp, finish}
INSERT INTO tenant_share (tenant_id, grp, finish)
SELECT unhex(x.value ->> 'tenant_id', '-'), x.value ->> 'grp', x.value ->> 'finish'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (tenant_id, grp) DO UPDATE SET finish = excluded.finish
