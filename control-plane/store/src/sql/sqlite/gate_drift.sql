-- Gates whose count differs from the runs that are leased.
SELECT g.connection_id, g.active AS counted, coalesce(l.n, 0) AS leased
  FROM connection_gate g
  LEFT JOIN (
    SELECT c, count(*) AS n FROM (
      SELECT source_id AS c FROM run WHERE state = 2
       UNION ALL
      SELECT target_id FROM run WHERE state = 2 AND target_id IS NOT NULL AND target_id <> source_id)
     GROUP BY c) l ON l.c = g.connection_id
 WHERE g.active <> coalesce(l.n, 0)
