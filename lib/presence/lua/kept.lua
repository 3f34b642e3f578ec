-- KEYS 1 presence   ARGV 1 seen, 2 presenceMs
local kept = tonumber(redis.call('HGET', KEYS[1], 'kept') or '0')
if tonumber(ARGV[1]) > kept then redis.call('HSET', KEYS[1], 'kept', ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
