-- KEYS 1 connections, 2 revoked, 3 presence   ARGV 1 device, 2 revokedMs
-- -> in how many ms to look, '' where there is no need, then the connections that were dropped
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dropped = { '' }
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local last, device = string.match(all[i + 1], '^%d+ (%d+) %d+ %d+ (%S+)')
  if device == ARGV[1] then
    redis.call('HDEL', KEYS[1], all[i])
    dropped[1] = leave(KEYS[1], KEYS[3], tonumber(last), now)
    dropped[#dropped + 1] = all[i]
  end
end
return dropped
