-- KEYS 1 connections, 2 inbox   ARGV 1 conversation, 2 epoch, 3 connectionMs, 4 inboxMs
-- -> previous version, version, then pairs of connection and end of its token
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
epochOf(KEYS[2], ARGV[2], ARGV[4])
local prev = versionOf(KEYS[2])
local version = math.max(prev + 1, time[1] * 1000000 + time[2])
redis.call('ZADD', KEYS[2], print(version), ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[4])

return addLive(KEYS[1], ARGV[3], now, { print(prev), print(version) })
