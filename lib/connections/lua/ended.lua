-- Connections that have ended: connection -> 'when by why', where `by` names the call that ended it. None of them is
-- registered again, and a call that is run twice finds what it did before.
local function note(ended, connection, by, why, now)
  redis.call('HSET', ended, connection, string.format('%.0f', now) .. ' ' .. by .. ' ' .. why)
  redis.call('PEXPIRE', ended, refusedMs)
end

-- Those that a call has ended, each with why; forgets what is old.
local function endedBy(ended, by, now)
  local found = {}
  local all = redis.call('HGETALL', ended)
  for i = 1, #all, 2 do
    local at, call, why = string.match(all[i + 1], '^(%d+) (%S+) (%S+)$')
    if now - tonumber(at) > refusedMs then
      redis.call('HDEL', ended, all[i])
    elseif call == by then
      found[#found + 1] = { all[i], why }
    end
  end
  return found
end
