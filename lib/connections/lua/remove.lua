-- KEYS 1 connections, 2 presence, 3 ended   ARGV 1 connection, 2 unlessWithinMs
-- -> 1, or 0 where it was left; and in how many ms to look, '' where there is no need
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local known = redis.call('HGET', KEYS[1], ARGV[1])
local since, last, every = string.match(known or '', '^(%d+) (%d+) (%d+)')
if known and now - tonumber(since) < tonumber(ARGV[2]) then return { 0, '' } end
-- nobody knows whether its handshake is over
if not known and ARGV[2] ~= '0' then return { 1, '' } end
endedBy(KEYS[3], '', now)
local again = redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1
note(KEYS[3], ARGV[1], 'itself', 'gone', now)
if not known then return { 1, again and lookAfter(KEYS[1], KEYS[2], now) or '' } end
redis.call('HDEL', KEYS[1], ARGV[1])
return { 1, leave(KEYS[1], KEYS[2], tonumber(last), tonumber(every), now) }
