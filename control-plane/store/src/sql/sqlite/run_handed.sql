-- $1: {agent, poll}. What those polls were given already.
SELECT r.*
  FROM json_each($1) x
  JOIN run r ON r.agent_id = unhex(x.value ->> 'agent', '-') AND r.poll_seq = x.value ->> 'poll'
 WHERE r.state = 2
