-- $1: tenant ids. Their weights, and how far each has queued where it has.
SELECT t.id AS tenant_id, t.weight, s.grp, s.finish
  FROM json_each($1) x
  JOIN tenant t ON t.id = unhex(x.value, '-')
  LEFT JOIN tenant_share s ON s.tenant_id = t.id
