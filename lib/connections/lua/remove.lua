-- KEYS 1 connections   ARGV 1 connection, 2 unlessWithinMs   -> 1, or 0 where it was left
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if now - tonumber(string.match(known, '^%d+')) < tonumber(ARGV[2]) then return 0 end
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
