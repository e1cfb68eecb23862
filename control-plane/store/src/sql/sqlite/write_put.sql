-- $1: whole rows of `write`, fingerprints in hexadecimal
INSERT INTO write (target_id, entity, our_key, tenant_id, stream_id, state, run_id, epoch, write_until, look_after,
                   foreign_id, fingerprint, at)
SELECT unhex(x.value ->> 'target_id', '-'), x.value ->> 'entity', x.value ->> 'our_key',
       unhex(x.value ->> 'tenant_id', '-'), unhex(x.value ->> 'stream_id', '-'), x.value ->> 'state',
       unhex(x.value ->> 'run_id', '-'), x.value ->> 'epoch', x.value ->> 'write_until', x.value ->> 'look_after',
       x.value ->> 'foreign_id', unhex(x.value ->> 'fingerprint'), x.value ->> 'at'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (target_id, entity, our_key) DO UPDATE SET
       state = excluded.state, run_id = excluded.run_id, epoch = excluded.epoch, write_until = excluded.write_until,
       look_after = excluded.look_after, foreign_id = excluded.foreign_id, fingerprint = excluded.fingerprint,
       at = excluded.at
