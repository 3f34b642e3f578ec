-- KEYS 1 connections   ARGV 1 connectionMs   -> pairs of connection and end of its token
local time = redis.call('TIME')
return addLive(KEYS[1], ARGV[1], time[1] * 1000 + math.floor(time[2] / 1000), {})
