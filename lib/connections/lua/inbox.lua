-- A user's inbox: conversation -> version of its last change, and the epoch as the member of score 0.
-- Versions are microseconds, printed in full: Lua would round them.
local function print(version) return string.format('%.0f', version) end

local function epochOf(inbox, fresh, ttlMs)
  local first = redis.call('ZRANGE', inbox, 0, 0, 'WITHSCORES')
  if first[1] and tonumber(first[2]) == 0 then return string.sub(first[1], 7) end
  redis.call('ZADD', inbox, 0, 'epoch:' .. fresh)
  redis.call('PEXPIRE', inbox, ttlMs)
  return fresh
end

local function versionOf(inbox)
  local last = redis.call('ZRANGE', inbox, -1, -1, 'WITHSCORES')
  return tonumber(last[2] or '0')
end
