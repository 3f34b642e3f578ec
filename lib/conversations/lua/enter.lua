-- KEYS 1 state, 2 turn, 3 members, 4 record, 5 recent, 6 receipts, 7 writers
-- ARGV 1 sender, 2 key, 3 holder, 4 turn ('1' waits for it), 5 after ('nowhere', 'newest' or a seq),
--      6 retryEntries, 7 recentEntries, 8 turnMs, 9 patches ('' for a plain entry), 10 signMs
local record = redis.call('GET', KEYS[4])
if record then return { 'recorded', record } end

local state = redis.call('HMGET', KEYS[1], 'seq', 'ts', 'patched', 'active')
local head = tonumber(state[1])
if not head then return { 'missing' } end
local role = redis.call('HGET', KEYS[3], ARGV[1])
if not role then
  -- A key of its own may be evicted on its own.
  if redis.call('EXISTS', KEYS[3]) == 0 then return { 'missing' } end
  return { 'stranger' }
end
if string.sub(role, 1, 4) == 'out:' or string.sub(role, 1, 8) == 'joining:' then return { 'stranger' } end

local after = head
if ARGV[5] == 'newest' then
  after = math.max(0, head - tonumber(ARGV[7]))
elseif ARGV[5] ~= 'nowhere' then
  after = tonumber(ARGV[5])
  if after > head then return { 'behind' } end
  if head - after > tonumber(ARGV[6]) then return { 'too-old' } end
end

if ARGV[4] == '1' then
  local writer = redis.call('GET', KEYS[2])
  if writer and writer ~= ARGV[3] then return { 'busy' } end
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[8])
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[7], '-inf', now - ARGV[10])
redis.call('ZADD', KEYS[7], now, ARGV[3])
redis.call('PEXPIRE', KEYS[7], ARGV[10])

local found, looked = '', 1
if after < head then
  local above = redis.call('ZRANGEBYSCORE', KEYS[5], '(' .. after, head)
  if #above < head - after then looked = 0 end
  local mine = ARGV[1] .. ' ' .. ARGV[2] .. ' '
  for i = 1, #above do
    if string.sub(above[i], 1, #mine) == mine then found = string.sub(above[i], #mine + 1) end
  end
end

if ARGV[9] ~= '' then
  redis.call('DEL', KEYS[5])
  redis.call('HSET', KEYS[1], 'patched', ARGV[9])
  state[3] = ARGV[9]
end

return {
  'entered', state[1], state[2], state[3], state[4] or '0', now, found, looked,
  present(KEYS[3])
}
