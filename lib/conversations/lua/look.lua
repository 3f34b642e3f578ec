-- KEYS 1 state, 2 members, 3 recent, 4 writers   ARGV 1 user, 2 entries, 3 checkedMs, 4 signMs, 5 writingMs
local state = redis.call('HMGET', KEYS[1], 'seq', 'ts', 'patched', 'checked')
local head = tonumber(state[1])
if not head then return { 'missing' } end
local role = redis.call('HGET', KEYS[2], ARGV[1])
if not role then
  if redis.call('EXISTS', KEYS[2]) == 0 then return { 'missing' } end
  return { 'stranger' }
end
if string.sub(role, 1, 4) == 'out:' or string.sub(role, 1, 8) == 'joining:' then return { 'stranger' } end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local signed = redis.call('ZCOUNT', KEYS[4], now - ARGV[4], '+inf')
local writing = redis.call('ZCOUNT', KEYS[4], now - ARGV[5], '+inf') > 0 and 1 or 0
local believed = 0
if signed == 0 and now - tonumber(state[4] or '0') <= tonumber(ARGV[3]) then believed = 1 end

local recent = {}
local kept = redis.call('ZREVRANGEBYSCORE', KEYS[3], head, '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #kept, 2 do
  if tonumber(kept[i + 1]) ~= head - #recent then break end
  recent[#recent + 1] = kept[i]
end
return { 'seen', state[1], state[2], believed, state[3], role, recent, writing }
