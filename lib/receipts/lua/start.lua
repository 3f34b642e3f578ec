-- KEYS 1 receipts   ARGV 1 token, 2 rebuildMs   -> the token that stands; '' where there is nothing to rebuild
-- Stamped here, so that a command that runs twice cannot put back a token that was voided in between.
if redis.call('HEXISTS', KEYS[1], 'built') == 1 then return '' end
local time = redis.call('TIME')
if redis.call('HSETNX', KEYS[1], 'token', ARGV[1] .. ':' .. time[1] .. '.' .. time[2]) == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'token')
