-- $1: [target, entity, our key, run, epoch]. Intents of writes that were certainly not made are given back by who holds them.
DELETE FROM write
 WHERE state = 1
   AND (target_id, entity, our_key, run_id, epoch) IN (
     SELECT unhex(x.value ->> 0, '-'), x.value ->> 1, x.value ->> 2, unhex(x.value ->> 3, '-'), x.value ->> 4
       FROM json_each($1) x)
