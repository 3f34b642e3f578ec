-- KEYS 1 connections, 2 inbox   ARGV 1 connection, 2 device, 3 expiresAt, 4 epoch, 5 connectionMs, 6 inboxMs
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
-- since, last frame, announced heartbeat in seconds, end of the token, device
redis.call('HSET', KEYS[1], ARGV[1], now .. ' ' .. now .. ' 0 ' .. ARGV[3] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
epochOf(KEYS[2], ARGV[4], ARGV[6])
return 1
