-- $1: whole rows of `record`
INSERT INTO record (stream_id, source_key, tenant_id, reference, state, reason, reason_code, doubts, amount, currency,
                    attempt, retry_at, updated_at, booked, order_key)
SELECT unhex(x.value ->> 'stream_id', '-'), x.value ->> 'source_key', unhex(x.value ->> 'tenant_id', '-'),
       x.value ->> 'reference', x.value ->> 'state', x.value ->> 'reason', x.value ->> 'reason_code',
       x.value ->> 'doubts', x.value ->> 'amount', x.value ->> 'currency', x.value ->> 'attempt', x.value ->> 'retry_at', x.value ->> 'updated_at',
       x.value ->> 'booked', x.value ->> 'order_key'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (stream_id, source_key) DO UPDATE SET
       reference = excluded.reference, state = excluded.state, reason = excluded.reason,
       reason_code = excluded.reason_code, doubts = excluded.doubts, amount = excluded.amount,
       currency = excluded.currency, attempt = excluded.attempt, retry_at = excluded.retry_at,
       updated_at = excluded.updated_at, booked = excluded.booked, order_key = excluded.order_key
