-- KEYS 1 watching   ARGV 1 user   -> nothing of the user's connections watches that one any more
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local rest = {}
  for watched in string.gmatch(all[i + 1], '%S+') do
    if watched ~= ARGV[1] then rest[#rest + 1] = watched end
  end
  redis.call('HSET', KEYS[1], all[i], table.concat(rest, ' '))
end
return 1
