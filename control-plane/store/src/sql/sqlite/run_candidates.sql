-- $1: pool  $2: connectors  $3: now  $4: how many live  $5: how many background. The next to be leased, unordered.
SELECT * FROM (
  SELECT * FROM run
   WHERE pool_id = $1 AND background = 0 AND state = 1
     AND source_connector IN (SELECT value FROM json_each($2))
     AND (target_connector IS NULL OR target_connector IN (SELECT value FROM json_each($2)))
     AND (allowed_until IS NULL OR allowed_until > $3)
   ORDER BY tag LIMIT $4)
UNION ALL
SELECT * FROM (
  SELECT * FROM run
   WHERE pool_id = $1 AND background = 1 AND state = 1
     AND source_connector IN (SELECT value FROM json_each($2))
     AND (target_connector IS NULL OR target_connector IN (SELECT value FROM json_each($2)))
     AND (allowed_until IS NULL OR allowed_until > $3)
   ORDER BY tag LIMIT $5)
