-- KEYS 1 watchers   ARGV 1 watcher
return redis.call('ZREM', KEYS[1], ARGV[1])
