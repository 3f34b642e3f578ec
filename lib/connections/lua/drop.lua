-- KEYS 1 connections, 2 presence, 3 ended
-- ARGV 1 connection ('' for any), 2 device ('' for any), 3 before ('' for any), 4 name of this call
-- -> in how many ms to look, '' where there is no need, then those that were dropped
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local dropped = { '' }
for _, one in ipairs(endedBy(KEYS[3], ARGV[4], now)) do dropped[#dropped + 1] = one[1] end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local since, last, every, device = string.match(all[i + 1], '^(%d+) (%d+) (%d+) %d+ (%S+)')
  local fits = (ARGV[1] == '' or ARGV[1] == all[i])
    and (ARGV[2] == '' or ARGV[2] == device)
    and (ARGV[3] == '' or tonumber(since) < tonumber(ARGV[3]))
  if fits then
    redis.call('HDEL', KEYS[1], all[i])
    note(KEYS[3], all[i], ARGV[4], 'dropped', now)
    dropped[1] = leave(KEYS[1], KEYS[2], tonumber(last), tonumber(every), now)
    dropped[#dropped + 1] = all[i]
  end
end
return dropped
