-- KEYS 1 connections, 2 presence
-- ARGV 1 connection ('' for any), 2 device ('' for any), 3 before ('' for any)
-- -> in how many ms to look, '' where there is no need, then those that were dropped
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dropped = { '' }
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local since, last, device = string.match(all[i + 1], '^(%d+) (%d+) %d+ %d+ (%S+)')
  local fits = (ARGV[1] == '' or ARGV[1] == all[i])
    and (ARGV[2] == '' or ARGV[2] == device)
    and (ARGV[3] == '' or tonumber(since) < tonumber(ARGV[3]))
  if fits then
    redis.call('HDEL', KEYS[1], all[i])
    dropped[1] = leave(KEYS[1], KEYS[2], tonumber(last), now)
    dropped[#dropped + 1] = all[i]
  end
end
return dropped
