-- KEYS 1 connections, 2 watching   ARGV 1 connection, 2 users, 3 watchMs   -> whom it watched so far
local before = redis.call('HGET', KEYS[2], ARGV[1]) or ''
for _, connection in ipairs(redis.call('HKEYS', KEYS[2])) do
  if redis.call('HEXISTS', KEYS[1], connection) == 0 then redis.call('HDEL', KEYS[2], connection) end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return before
