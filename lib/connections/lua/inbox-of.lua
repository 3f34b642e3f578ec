-- KEYS 1 inbox   -> pairs of conversation and version
return redis.call('ZRANGEBYSCORE', KEYS[1], '(0', '+inf', 'WITHSCORES')
