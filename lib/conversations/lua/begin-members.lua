-- KEYS 1 state, 2 members, 3 writers   ARGV 1 holder, 2 denied user ('' for none), 3 version, 4 signMs
redis.call('HDEL', KEYS[1], 'rebuild')
local time = redis.call('TIME')
redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then
  local kept = redis.call('HGET', KEYS[2], ARGV[2])
  if not kept or tonumber(string.match(kept, ':(%d+)$')) < tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[2], ARGV[2], 'out:' .. ARGV[3])
  end
end
return 1
