-- KEYS 1 connections, 2 revoked, 3 presence, 4 ended   ARGV 1 device, 2 refusedMs   -> as dropWhere
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return dropWhere(KEYS[1], KEYS[3], KEYS[4], ARGV[1], 'revoked', function(_, device) return device == ARGV[1] end)
