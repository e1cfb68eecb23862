-- $1: [target, entity, our key]  $2: now. What is known of each write, and whether the run that asked last still holds it.
SELECT w.*, h.id IS NOT NULL AS holder_live
  FROM json_each($1) x
  JOIN write w ON w.target_id = unhex(x.value ->> 0, '-') AND w.entity = x.value ->> 1 AND w.our_key = x.value ->> 2
  LEFT JOIN run h ON h.id = w.run_id AND h.epoch = w.epoch AND h.state = 2 AND h.lease_until > $2
