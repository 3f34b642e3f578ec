-- KEYS 1 state, 2 members, 3 recent
-- ARGV 1 token, 2 seq, 3 ts, 4 patched, 5 active, 6 ttlMs, then pairs of user and 'role:version'
if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'rebuild')

local time = redis.call('TIME')
local head = tonumber(redis.call('HGET', KEYS[1], 'seq') or '-1')
if tonumber(ARGV[2]) > head then redis.call('HSET', KEYS[1], 'seq', ARGV[2], 'ts', ARGV[3]) end
-- Nobody knows whether entries that outlived the state were changed since.
if redis.call('HSETNX', KEYS[1], 'patched', ARGV[4]) == 1 then redis.call('DEL', KEYS[3]) end
local active = tonumber(redis.call('HGET', KEYS[1], 'active') or '0')
if tonumber(ARGV[5]) > active then redis.call('HSET', KEYS[1], 'active', ARGV[5]) end
redis.call('HSET', KEYS[1], 'checked', time[1] * 1000 + math.floor(time[2] / 1000))

for i = 7, #ARGV, 2 do
  local kept = redis.call('HGET', KEYS[2], ARGV[i])
  local version = string.match(ARGV[i + 1], ':(%d+)$')
  if not kept or tonumber(string.match(kept, ':(%d+)$')) < tonumber(version) then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[6])
redis.call('PEXPIRE', KEYS[2], ARGV[6])
return 1
