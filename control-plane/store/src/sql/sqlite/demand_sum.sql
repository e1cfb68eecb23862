-- $1: [tenant, accounting connection, sku]. Of every order that is to go there.
SELECT s.target_id AS erp_id, d.sku, sum(d.quantity) AS quantity
  FROM json_each($1) x
  JOIN open_demand d ON d.tenant_id = unhex(x.value ->> 0, '-') AND d.sku = x.value ->> 2
  JOIN stream s ON s.id = d.stream_id AND s.target_id = unhex(x.value ->> 1, '-')
 GROUP BY s.target_id, d.sku
