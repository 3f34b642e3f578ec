-- KEYS 1 receipts   ARGV 1 user, 2 delivered, 3 read   -> rose, delivered, read; nil where that is not known
-- Creates nothing: only a rebuild does.
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local rose, delivered, read = highest(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
if redis.call('HEXISTS', KEYS[1], 'built') == 0 then return false end
return { rose, delivered, read }
