-- KEYS 1 connections, 2 inbox, 3 rate
-- ARGV 1 connection, 2 every ('' keeps it), 3 count ('0': no send), 4 windowMs, 5 epoch, 6 inboxMs
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then return { 'unknown' } end
local since, every, expiresAt, device = string.match(known, '^(%d+) %d+ (%d+) (%d+) (.+)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if tonumber(expiresAt) <= now then return { 'expired' } end
if ARGV[2] ~= '' then every = ARGV[2] end
redis.call('HSET', KEYS[1], ARGV[1], table.concat({ since, string.format('%.0f', now), every, expiresAt, device }, ' '))
if ARGV[3] ~= '0' then
  local wait = take(KEYS[3], tonumber(ARGV[3]), tonumber(ARGV[4]), time[1] * 1000000 + time[2])
  if wait > 0 then return { 'limited', wait } end
end
local epoch = epochOf(KEYS[2], ARGV[5], ARGV[6])
return { 'open', epoch, print(versionOf(KEYS[2])) }
