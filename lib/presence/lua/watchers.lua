-- KEYS 1 watchers   ARGV 1 watchMs   -> watchers
local time = redis.call('TIME')
local old = time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', old), '+inf')
