-- KEYS 1 state, 2 recent   ARGV 1 patched, 2 ttlMs, 3 recentEntries, then pairs of seq and packed entry
if redis.call('HGET', KEYS[1], 'patched') ~= ARGV[1] then return 0 end
for i = 4, #ARGV, 2 do
  redis.call('ZREMRANGEBYSCORE', KEYS[2], ARGV[i], ARGV[i])
  redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i + 1])
end
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - tonumber(ARGV[3]))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
