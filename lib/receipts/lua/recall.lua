-- KEYS 1 receipts   ARGV 1 user ('' for all)   -> pairs of user and 'delivered read'; nil where they are not complete
if redis.call('HEXISTS', KEYS[1], 'built') == 0 then return false end
if ARGV[1] == '' then return redis.call('HGETALL', KEYS[1]) end
return { ARGV[1], redis.call('HGET', KEYS[1], ARGV[1]) or '0 0' }
