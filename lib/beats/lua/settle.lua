-- KEYS 1 due, 2 held, 3 brisk   ARGV 1 user, 2 inMs ('' for never), 3 brisk, 4 beatsMs, 5 briskMs
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] == '' then return 1 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- LT: what was asked for meanwhile stands where it is earlier
redis.call('ZADD', KEYS[1], 'LT', string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[3] == '1' then redis.call('SET', KEYS[3], '1', 'PX', ARGV[5]) end
return 1
