-- $1: connection ids
SELECT c.id AS subject_id, c.tenant_id, t.partner_id, t.pool_id, t.allowed_until,
       NULL AS stream_kind, NULL AS stream_state, c.id AS source_id, NULL AS target_id,
       c.connector AS source_connector, NULL AS target_connector
  FROM json_each($1) x
  JOIN connection c ON c.id = unhex(x.value, '-')
  JOIN tenant t ON t.id = c.tenant_id
