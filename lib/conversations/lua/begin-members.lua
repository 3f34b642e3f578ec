-- KEYS 1 state, 2 members   ARGV 1 holder, 2 denied user ('' for none), 3 version
redis.call('HDEL', KEYS[1], 'rebuild')
if redis.call('HEXISTS', KEYS[1], 'seq') == 1 then redis.call('HSET', KEYS[1], 'dirty', ARGV[1]) end
if ARGV[2] ~= '' and redis.call('EXISTS', KEYS[2]) == 1 then
  local kept = redis.call('HGET', KEYS[2], ARGV[2])
  if not kept or tonumber(string.match(kept, ':(%d+)$')) < tonumber(ARGV[3]) then
    redis.call('HSET', KEYS[2], ARGV[2], 'out:' .. ARGV[3])
  end
end
return 1
