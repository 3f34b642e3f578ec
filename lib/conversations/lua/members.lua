-- KEYS 1 members   -> pairs of user and 'role:version'
return redis.call('HGETALL', KEYS[1])
