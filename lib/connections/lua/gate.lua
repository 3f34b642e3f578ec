-- KEYS 1 connections, 2 inbox, 3 rate, 4 rate of the connection's frames, 5 presence, 6 watchers, 7 watching
-- ARGV 1 connection, 2 every ('' keeps it), 3 count ('0': neither a send nor typing), 4 windowMs, 5 epoch, 6 inboxMs,
--      7 frames, 8 windowMs
-- -> 'open', epoch, version, whether watchers must be told, in how many ms to look, heartbeat, whom it watches;
--    or why not, where it is not known with the epoch
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then return { 'unknown', epochOf(KEYS[2], ARGV[5], ARGV[6]) } end
local since, every, expiresAt, device = string.match(known, '^(%d+) %d+ (%d+) (%d+) (.+)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local tooFast = take(KEYS[4], tonumber(ARGV[7]), tonumber(ARGV[8]), time[1] * 1000000 + time[2])
if tooFast > 0 then return { 'limited', tooFast } end
if tonumber(expiresAt) <= now then return { 'expired' } end
if ARGV[2] ~= '' then every = ARGV[2] end
redis.call('HSET', KEYS[1], ARGV[1], table.concat({ since, string.format('%.0f', now), every, expiresAt, device }, ' '))
if ARGV[3] ~= '0' then
  local wait = take(KEYS[3], tonumber(ARGV[3]), tonumber(ARGV[4]), time[1] * 1000000 + time[2])
  if wait > 0 then return { 'limited', wait } end
end
local epoch = epochOf(KEYS[2], ARGV[5], ARGV[6])
local due = dueAt(ARGV[1], tonumber(since), now, tonumber(every), tonumber(expiresAt), now)
local appeared, look = arrive(KEYS[5], KEYS[6], due, now)
local watching = redis.call('HGET', KEYS[7], ARGV[1]) or ''
return { 'open', epoch, print(versionOf(KEYS[2])), appeared, look, every, watching }
