-- KEYS 1 connections, 2 revoked, 3 presence, 4 ended   ARGV 1 device, 2 refusedMs
-- -> in how many ms to look, '' where there is no need, then the connections that were dropped, now or by the same before
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dropped = { '' }
for _, one in ipairs(endedBy(KEYS[4], ARGV[1], now)) do dropped[#dropped + 1] = one[1] end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local last, every, device = string.match(all[i + 1], '^%d+ (%d+) (%d+) %d+ (%S+)')
  if device == ARGV[1] then
    redis.call('HDEL', KEYS[1], all[i])
    note(KEYS[4], all[i], ARGV[1], 'revoked', now)
    dropped[1] = leave(KEYS[1], KEYS[3], tonumber(last), tonumber(every), now)
    dropped[#dropped + 1] = all[i]
  end
end
return dropped
