-- $1: {stream_id, order_key, sku, quantity, tenant_id}
INSERT INTO open_demand (stream_id, order_key, sku, quantity, tenant_id)
SELECT unhex(x.value ->> 'stream_id', '-'), x.value ->> 'order_key', x.value ->> 'sku', x.value ->> 'quantity',
       unhex(x.value ->> 'tenant_id', '-')
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (stream_id, order_key, sku) DO UPDATE SET quantity = excluded.quantity
