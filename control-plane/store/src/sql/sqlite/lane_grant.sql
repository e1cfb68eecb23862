-- $1: lanes. Each that nobody has goes to the next that waits for it: backfill last, otherwise as they came.
UPDATE run SET lane = behind, behind = NULL, state = 1
 WHERE id IN (
   SELECT id FROM (
     SELECT r.id, row_number() OVER (PARTITION BY r.behind ORDER BY r.background, r.since_at, r.id) AS turn
       FROM json_each($1) x
       JOIN run r ON r.behind = x.value
      WHERE r.state = 0 AND NOT EXISTS (SELECT 1 FROM run h WHERE h.lane = r.behind))
    WHERE turn = 1)
