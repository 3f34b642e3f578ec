-- Ends the connections that fit, by a call of that name.
-- -> in how many ms to look, '' where there is no need, then those that it has ended, now or when it ran before
local function dropWhere(connections, presence, ended, by, why, fits)
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local before = endedBy(ended, by, now)
  local dropped = { #before > 0 and lookAfter(connections, presence, now) or '' }
  for _, one in ipairs(before) do dropped[#dropped + 1] = one[1] end
  local all = redis.call('HGETALL', connections)
  for i = 1, #all, 2 do
    local since, last, every, device = string.match(all[i + 1], '^(%d+) (%d+) (%d+) %d+ (%S+)')
    if fits(all[i], device, tonumber(since)) then
      redis.call('HDEL', connections, all[i])
      note(ended, all[i], by, why, now)
      dropped[1] = leave(connections, presence, tonumber(last), tonumber(every), now)
      dropped[#dropped + 1] = all[i]
    end
  end
  return dropped
end
