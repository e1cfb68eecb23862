-- $1: stream ids
SELECT s.id AS subject_id, s.tenant_id, t.partner_id, t.pool_id, t.allowed_until,
       s.kind AS stream_kind, s.state AS stream_state, s.source_id, s.target_id,
       a.connector AS source_connector, b.connector AS target_connector
  FROM json_each($1) x
  JOIN stream s ON s.id = unhex(x.value, '-')
  JOIN tenant t ON t.id = s.tenant_id
  JOIN connection a ON a.id = s.source_id
  JOIN connection b ON b.id = s.target_id
