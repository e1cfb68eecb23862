-- $1: [tenant, accounting connection], one; $2: how many articles at most. Of every order that is to go there.
SELECT s.target_id AS erp_id, d.sku, sum(d.quantity) AS quantity
  FROM json_each($1) x
  JOIN stream s ON s.target_id = unhex(x.value ->> 1, '-') AND s.tenant_id = unhex(x.value ->> 0, '-')
  JOIN open_demand d ON d.stream_id = s.id
 GROUP BY s.target_id, d.sku
 ORDER BY d.sku
 LIMIT $2
