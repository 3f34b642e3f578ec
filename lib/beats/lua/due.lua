-- KEYS 1 due, 2 held, 3 brisk   ARGV 1 limit, 2 heldMs, 3 beatsMs   -> whether there are brisk ones, then users
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local found = { redis.call('EXISTS', KEYS[3]) }
local function hold(users)
  for _, user in ipairs(users) do
    redis.call('ZREM', KEYS[1], user)
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), user)
    found[#found + 1] = user
  end
end
hold(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1]))
hold(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1] - (#found - 1)))
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return found
