-- KEYS 1 presence   ARGV 1 inMs, 2 presenceMs   -> when the sweep looks next, so that later frames need not ask
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'look', string.format('%.0f', now + tonumber(ARGV[1])))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
