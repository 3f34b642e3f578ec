-- KEYS 1 state, 2 turn   ARGV 1 holder
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if redis.call('HGET', KEYS[1], 'dirty') == ARGV[1] then redis.call('HDEL', KEYS[1], 'dirty') end
return 1
