-- KEYS 1 rate   ARGV 1 count, 2 windowMs   -> milliseconds to wait, 0 when accepted
local time = redis.call('TIME')
return take(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), time[1] * 1000000 + time[2])
