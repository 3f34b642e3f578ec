-- KEYS 1 inbox   ARGV 1 above, 2 epoch, 3 inboxMs   -> epoch, version, then pairs of conversation and version
local reply = { epochOf(KEYS[1], ARGV[2], ARGV[3]), print(versionOf(KEYS[1])) }
local changed = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES')
for i = 1, #changed do reply[#reply + 1] = changed[i] end
return reply
