-- Who counts as online: lib/presence/rules.ts says it in words, and its numbers stand above as locals.
local function text(ms) return string.format('%.0f', ms) end

local function lifeEnds(connection, since)
  local hash = 0
  for i = 1, #connection do hash = (hash * 31 + string.byte(connection, i)) % lifetimeSpreadMs end
  return since + lifetimeMs + hash
end

local function after(last, every, beats)
  if every > 0 then return last + beats * every * 1000 end
  return last + quietMs
end

-- When the sweep must look at a connection that stands.
local function dueAt(connection, since, last, every, expiresAt, now)
  local ends = lifeEnds(connection, since)
  if ends <= now then ends = ends + farewellMs end
  local due = math.min(expiresAt, ends, now + lookMs)
  local silent = after(last, every, silentBeats)
  if silent > now then due = math.min(due, silent) end
  return due
end

-- A frame has come. Returns 1 where watchers must be told, and in how many ms to look, '' where a look is planned.
local function arrive(presence, watchers, due, now)
  local told, look = unpack(redis.call('HMGET', presence, 'told', 'look'))
  local appeared = 0
  if told ~= '1' then
    if redis.call('EXISTS', watchers) == 1 then
      appeared = 1
      due = now
    else
      redis.call('HSET', presence, 'told', '1')
    end
  end
  redis.call('PEXPIRE', presence, presenceMs)
  if look and tonumber(look) <= due and tonumber(look) > now - overdueMs then return appeared, '' end
  return appeared, due - now
end

-- In how many ms to look at a user who has left, '' where he has not or a look is planned.
local function lookAfter(connections, presence, now)
  local left, look = unpack(redis.call('HMGET', presence, 'left', 'look'))
  if not left or redis.call('HLEN', connections) > 0 then return '' end
  local due = math.max(now, tonumber(left) + graceMs)
  if look and tonumber(look) <= due and tonumber(look) > now - overdueMs then return '' end
  return due - now
end

-- A connection has ended. Its user counts for a while yet, so that who comes back on another was never away; but no
-- longer than if it had gone on in silence, for its end may be noticed late.
local function leave(connections, presence, last, every, now)
  local seen, before = unpack(redis.call('HMGET', presence, 'seen', 'left'))
  local left = math.min(now, math.max(after(last, every, onlineBeats) - graceMs, last))
  left = math.max(left, tonumber(before or '0'))
  redis.call('HSET', presence, 'left', text(left), 'seen', text(math.max(last, tonumber(seen or '0'))))
  redis.call('PEXPIRE', presence, presenceMs)
  return lookAfter(connections, presence, now)
end

-- Until when a user without connections counts; 0 where there was none.
local function lingersUntil(left, lingers)
  return math.max(left and tonumber(left) + graceMs or 0, tonumber(lingers or '0'))
end

-- Whether a user is online, and when he was last seen ('0' where that is not known).
local function stateOf(connections, presence, now)
  local left, lingers, seen = unpack(redis.call('HMGET', presence, 'left', 'lingers', 'seen'))
  local online = lingersUntil(left, lingers) > now and 1 or 0
  local latest = tonumber(seen or '0')
  local all = redis.call('HGETALL', connections)
  for i = 1, #all, 2 do
    local last, every, expiresAt = string.match(all[i + 1], '^%d+ (%d+) (%d+) (%d+) ')
    latest = math.max(latest, tonumber(last))
    -- Whose token has ended counts as long as who has left: there is time to come back with another.
    local counts = math.min(after(tonumber(last), tonumber(every), onlineBeats), tonumber(expiresAt) + graceMs)
    if counts > now then online = 1 end
  end
  return online, text(latest)
end
