-- KEYS 1 connections, 2 presence   ARGV 1 online   -> whether it is still so
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[2], 'told', ARGV[1])
redis.call('PEXPIRE', KEYS[2], presenceMs)
local online = stateOf(KEYS[1], KEYS[2], now)
if online == tonumber(ARGV[1]) then return 1 end
return 0
