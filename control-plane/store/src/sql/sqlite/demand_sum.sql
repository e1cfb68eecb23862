-- $1: [tenant, sku]
SELECT d.tenant_id, d.sku, sum(d.quantity) AS quantity
  FROM json_each($1) x
  JOIN open_demand d ON d.tenant_id = unhex(x.value ->> 0, '-') AND d.sku = x.value ->> 1
 GROUP BY d.tenant_id, d.sku
