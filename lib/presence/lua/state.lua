-- KEYS 1 connections, 2 presence, 3 watchers   ARGV 1 watcher ('' for nobody), 2 watchMs   -> online, last seen
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', text(now - tonumber(ARGV[2])))
  redis.call('ZADD', KEYS[3], text(now), ARGV[1])
  redis.call('PEXPIRE', KEYS[3], ARGV[2])
end
return { stateOf(KEYS[1], KEYS[2], now) }
