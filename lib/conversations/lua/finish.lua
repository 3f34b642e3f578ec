-- KEYS 1 state, 2 turn, 3 members, 4 record, 5 recent, 6 receipts, 7 writers
-- ARGV 1 holder, 2 base, 3 seq, 4 ts, 5 patched, 6 packed entry ('' keeps it out), 7 fresh ('1': written just now),
--      8 active ('' leaves it), 9 recordMs, 10 ttlMs, 11 recentEntries, 12 patches ('' for a plain entry),
--      13 member ('' for none), 14 'role:version'
-- The entry is stored, whatever else was forgotten.
redis.call('SET', KEYS[4], ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[9])
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
local signed = redis.call('ZREM', KEYS[7], ARGV[1])

local state = redis.call('HMGET', KEYS[1], 'seq', 'patched')
local head = tonumber(state[1])
if not head then
  -- Whoever is rebuilding may have read the log before this entry was in it: he must read again.
  redis.call('DEL', KEYS[1])
  return { 'absent', signed }
end
if head < tonumber(ARGV[2]) then
  redis.call('DEL', KEYS[1], KEYS[3], KEYS[5], KEYS[6])
  return { 'dropped', signed }
end

if ARGV[12] ~= '' then
  redis.call('DEL', KEYS[5])
  redis.call('HSET', KEYS[1], 'patched', ARGV[12])
end
if ARGV[13] ~= '' then
  redis.call('HDEL', KEYS[1], 'rebuild')
  local kept = redis.call('HGET', KEYS[3], ARGV[13])
  local version = string.match(ARGV[14], ':(%d+)$')
  if redis.call('EXISTS', KEYS[3]) == 1 and (not kept or tonumber(string.match(kept, ':(%d+)$')) < tonumber(version)) then
    redis.call('HSET', KEYS[3], ARGV[13], ARGV[14])
  end
end

local seq = tonumber(ARGV[3])
if seq > head then redis.call('HSET', KEYS[1], 'seq', ARGV[3], 'ts', ARGV[4]) end
if ARGV[7] == '1' and seq >= head then
  -- An insert that found its number free is a look at the log.
  local time = redis.call('TIME')
  redis.call('HSET', KEYS[1], 'checked', time[1] * 1000 + math.floor(time[2] / 1000))
end
if ARGV[6] ~= '' and ARGV[5] == state[2] then
  redis.call('ZREMRANGEBYSCORE', KEYS[5], seq, seq)
  redis.call('ZADD', KEYS[5], ARGV[3], ARGV[6])
  redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - tonumber(ARGV[11]))
end
if ARGV[8] ~= '' then redis.call('HSET', KEYS[1], 'active', ARGV[8]) end
redis.call('PEXPIRE', KEYS[1], ARGV[10])
redis.call('PEXPIRE', KEYS[3], ARGV[10])
redis.call('PEXPIRE', KEYS[5], ARGV[10])
return { 'raised', signed }
