-- KEYS 1 connections, 2 revoked   ARGV 1 connection, 2 device, 3 expiresAt   -> the end that counts, or why not
if redis.call('SISMEMBER', KEYS[2], ARGV[2]) == 1 then return 'revoked' end
local known = redis.call('HGET', KEYS[1], ARGV[1])
if not known then return 'unknown' end
local before, expiresAt, after = string.match(known, '^(%d+ %d+ %d+) (%d+) (.+)$')
if tonumber(ARGV[3]) <= tonumber(expiresAt) then return expiresAt end
redis.call('HSET', KEYS[1], ARGV[1], before .. ' ' .. ARGV[3] .. ' ' .. after)
return ARGV[3]
