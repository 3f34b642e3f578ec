-- KEYS 1 connections, 2 presence, 3 watchers, 4 ended   ARGV 1 name of this call
-- -> online, last seen, changed, last seen to keep ('0' for none), ms to the next look ('' for never), whether a
--    heartbeat is brisk, then connection, code and whether it was closed, of each whose time is over
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local told, looked, kept, left, lingers, seen =
  unpack(redis.call('HMGET', KEYS[2], 'told', 'looked', 'kept', 'left', 'lingers', 'seen'))
looked, lingers, seen = tonumber(looked or '0'), tonumber(lingers or '0'), tonumber(seen or '0')

local goodbyes = {}
for _, one in ipairs(endedBy(KEYS[4], ARGV[1], now)) do
  for _, field in ipairs({ one[1], one[2], 1 }) do goodbyes[#goodbyes + 1] = field end
end
local function goodbye(connection, code, closed, counts)
  lingers = math.max(lingers, counts)
  if closed == 1 then
    redis.call('HDEL', KEYS[1], connection)
    note(KEYS[4], connection, ARGV[1], code, now)
  end
  for _, field in ipairs({ connection, code, closed }) do goodbyes[#goodbyes + 1] = field end
end

local due, brisk = math.huge, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local connection = all[i]
  local since, last, every, expiresAt = string.match(all[i + 1], '^(%d+) (%d+) (%d+) (%d+) ')
  since, last, every, expiresAt = tonumber(since), tonumber(last), tonumber(every), tonumber(expiresAt)
  seen = math.max(seen, last)
  local counts = after(last, every, onlineBeats)
  local ends = lifeEnds(connection, since)
  if expiresAt <= now then
    goodbye(connection, 'expired', 1, math.min(counts, expiresAt + graceMs))
  elseif every > 0 and after(last, every, silentBeats) <= now then
    goodbye(connection, 'silent', 1, counts)
  elseif ends + farewellMs <= now then
    goodbye(connection, 'lifetime', 1, math.min(counts, now + graceMs))
  else
    -- asked once, at the first look after its time, to come back on another connection
    if ends <= now and looked < ends then goodbye(connection, 'lifetime', 0, 0) end
    due = math.min(due, dueAt(connection, since, last, every, expiresAt, now))
    if every > 0 and every < briskSeconds then brisk = 1 end
  end
end

redis.call('HSET', KEYS[2], 'looked', text(now), 'seen', text(seen), 'lingers', text(lingers))
local lingering = lingersUntil(left, lingers)
if lingering > now then due = math.min(due, lingering) end
local inMs = ''
if due < math.huge then
  inMs = due - now
  redis.call('HSET', KEYS[2], 'look', text(due))
else
  redis.call('HDEL', KEYS[2], 'look')
end

local online = stateOf(KEYS[1], KEYS[2], now)
local changed = 0
if redis.call('EXISTS', KEYS[3]) == 0 then
  redis.call('HSET', KEYS[2], 'told', tostring(online))
elseif tostring(online) ~= (told or '0') then
  changed = 1
end
local keep = '0'
if seen - tonumber(kept or '0') >= (online == 1 and keepMs or 1) then keep = text(seen) end
redis.call('PEXPIRE', KEYS[2], presenceMs)

local looks = { online, text(seen), changed, keep, inMs, brisk }
for _, field in ipairs(goodbyes) do looks[#looks + 1] = field end
return looks
