-- $1: connections  $2: now. As many runs as there is room for again may be leased, in the order of their tags.
UPDATE run SET state = 1, blocked_on = NULL
 WHERE id IN (
   SELECT id FROM (
     SELECT r.id, row_number() OVER (PARTITION BY r.blocked_on ORDER BY r.tag) AS turn, g.max_active - g.active AS room
       FROM json_each($1) x
       JOIN connection_gate g ON g.connection_id = unhex(x.value, '-') AND g.blocked_until <= $2
       JOIN run r ON r.blocked_on = g.connection_id AND r.state = 0)
    WHERE turn <= room)
