-- $1: whole rows of `run`: new ones are inserted, known ones brought up to date
INSERT INTO run (
  id, tenant_id, pool_id, stream_id, source_id, target_id, source_connector, target_connector, kind, class,
  background, queue_key, lane, behind, state, blocked_on, tag, ready_at, since_at, epoch, attempt,
  agent_id, poll_seq, leased_at, lease_until, allowed_until, wanted_seq, seq, cancel, asked, keys, totals,
  progress, percent, error, created_at, period, foresee)
SELECT
  unhex(x.value ->> 'id', '-'), unhex(x.value ->> 'tenant_id', '-'), unhex(x.value ->> 'pool_id', '-'),
  unhex(x.value ->> 'stream_id', '-'), unhex(x.value ->> 'source_id', '-'),
  unhex(x.value ->> 'target_id', '-'), x.value ->> 'source_connector', x.value ->> 'target_connector',
  x.value ->> 'kind', x.value ->> 'class', x.value ->> 'background', x.value ->> 'queue_key',
  x.value ->> 'lane', x.value ->> 'behind', x.value ->> 'state', unhex(x.value ->> 'blocked_on', '-'),
  x.value ->> 'tag', x.value ->> 'ready_at', x.value ->> 'since_at', x.value ->> 'epoch',
  x.value ->> 'attempt', unhex(x.value ->> 'agent_id', '-'), x.value ->> 'poll_seq',
  x.value ->> 'leased_at', x.value ->> 'lease_until', x.value ->> 'allowed_until',
  x.value ->> 'wanted_seq', x.value ->> 'seq', x.value ->> 'cancel', x.value ->> 'asked',
  x.value ->> 'keys', x.value ->> 'totals', x.value ->> 'progress', x.value ->> 'percent',
  x.value ->> 'error', x.value ->> 'created_at', x.value ->> 'period',
  x.value ->> 'foresee'
  FROM json_each($1) x
 WHERE true
    ON CONFLICT (id) DO UPDATE SET
  lane = excluded.lane, behind = excluded.behind, state = excluded.state, blocked_on = excluded.blocked_on,
  tag = excluded.tag, ready_at = excluded.ready_at, since_at = excluded.since_at, epoch = excluded.epoch,
  attempt = excluded.attempt, agent_id = excluded.agent_id, poll_seq = excluded.poll_seq,
  leased_at = excluded.leased_at, lease_until = excluded.lease_until,
  allowed_until = excluded.allowed_until, wanted_seq = excluded.wanted_seq, seq = excluded.seq,
  cancel = excluded.cancel, asked = excluded.asked, totals = excluded.totals, progress = excluded.progress,
  percent = excluded.percent, error = excluded.error
