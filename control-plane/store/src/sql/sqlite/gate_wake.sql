-- $1: connections, or null for all  $2: now. As many runs as there is room for again may be leased, in the order of their tags.
UPDATE run SET state = 1, blocked_on = NULL
 WHERE id IN (
   SELECT id FROM (
     SELECT r.id, row_number() OVER (PARTITION BY r.blocked_on ORDER BY r.tag) AS turn, g.max_active - g.active AS room
       FROM run r
       JOIN connection_gate g ON g.connection_id = r.blocked_on
      WHERE r.state = 0 AND r.blocked_on IS NOT NULL AND g.blocked_until <= $2
        AND ($1 IS NULL OR r.blocked_on IN (SELECT unhex(x.value, '-') FROM json_each($1) x)))
    WHERE turn <= room)
