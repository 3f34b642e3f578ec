-- KEYS 1 connections, 2 inbox, 3 revoked, 4 rate of handshakes, 5 presence, 6 watchers, 7 ended
-- ARGV 1 connection, 2 device, 3 expiresAt, 4 epoch in which the device was looked at, 5 connectionMs, 6 inboxMs,
--      7 at most so many connections, 8 count ('0': no handshake), 9 windowMs, 10 epoch where there is none,
--      11 when it was opened ('': just now)
-- -> 'registered', whether watchers must be told, in how many ms to look, who was dropped for it; or why not
if redis.call('SISMEMBER', KEYS[3], ARGV[2]) == 1 then return { 'revoked' } end
if redis.call('HEXISTS', KEYS[7], ARGV[1]) == 1 then return { 'ended' } end
if epochOf(KEYS[2], ARGV[10], ARGV[6]) ~= ARGV[4] then return { 'forgotten' } end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[8] ~= '0' then
  local wait = take(KEYS[4], tonumber(ARGV[8]), tonumber(ARGV[9]), time[1] * 1000000 + time[2])
  if wait > 0 then return { 'limited', wait } end
end
-- since, last frame, announced heartbeat in seconds, end of the token, device
local since = math.min(now, tonumber(ARGV[11]) or now)
local known = { string.format('%.0f', since), string.format('%.0f', now), '0', ARGV[3], ARGV[2] }
redis.call('HSET', KEYS[1], ARGV[1], table.concat(known, ' '))
redis.call('PEXPIRE', KEYS[1], ARGV[5])

local due = dueAt(ARGV[1], since, now, 0, tonumber(ARGV[3]), now)
local registered = { 'registered', arrive(KEYS[5], KEYS[6], due, now) }
for _, one in ipairs(endedBy(KEYS[7], ARGV[1], now)) do registered[#registered + 1] = one[1] end
local excess = redis.call('HLEN', KEYS[1]) - tonumber(ARGV[7])
if excess > 0 then
  local others = {}
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if all[i] ~= ARGV[1] then
      others[#others + 1] = { all[i], tonumber(string.match(all[i + 1], '^%d+')) }
    end
  end
  table.sort(others, function(one, other) return one[2] < other[2] end)
  for i = 1, excess do
    redis.call('HDEL', KEYS[1], others[i][1])
    note(KEYS[7], others[i][1], ARGV[1], 'too-many', now)
    registered[#registered + 1] = others[i][1]
  end
end
return registered
