-- KEYS 1 due, 2 brisk   ARGV 1 user, 2 inMs, 3 brisk, 4 beatsMs, 5 briskMs
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], 'LT', string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[3] == '1' then redis.call('SET', KEYS[2], '1', 'PX', ARGV[5]) end
return 1
