-- KEYS 1 state   ARGV 1 token, 2 rebuildMs   -> the token that stands
-- Stamped here, so that a command that runs twice cannot put back a token that was voided in between.
local time = redis.call('TIME')
redis.call('HSETNX', KEYS[1], 'rebuild', ARGV[1] .. ' ' .. time[1] .. '.' .. time[2])
if redis.call('HEXISTS', KEYS[1], 'seq') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('HGET', KEYS[1], 'rebuild')
