-- KEYS 1 state   ARGV 1 seq
if redis.call('HGET', KEYS[1], 'seq') == ARGV[1] then
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'checked', time[1] * 1000 + math.floor(time[2] / 1000))
end
return 1
