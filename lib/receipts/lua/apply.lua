-- KEYS 1 receipts   ARGV 1 token, 2 receiptsMs, then user, delivered and read of each
-- -> pairs of user and 'delivered read'; nil where the token does not stand
-- Lives from now, whatever is raised later: what it may lack is not told for longer.
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return false end
redis.call('HDEL', KEYS[1], 'token')
for i = 3, #ARGV, 3 do highest(KEYS[1], ARGV[i], ARGV[i + 1], ARGV[i + 2]) end
redis.call('HSET', KEYS[1], 'built', '1')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HGETALL', KEYS[1])
