-- KEYS 1 typing   ARGV 1 active, 2 paceMs, 3 typingMs   -> whether the others are to be told
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local active, at = string.match(redis.call('GET', KEYS[1]) or '', '^(%d) (%d+)$')
if ARGV[1] == '1' then
  if at and now - tonumber(at) < tonumber(ARGV[2]) then return 0 end
  at = string.format('%.0f', now)
elseif active ~= '1' then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. at, 'PX', ARGV[3])
return 1
