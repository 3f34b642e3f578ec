-- KEYS 1 connections, 2 watching   ARGV 1 user, 2 connectionMs
-- -> pairs of connection and end of its token, of those that watch the user
local found = {}
local time = redis.call('TIME')
local live = addLive(KEYS[1], ARGV[2], time[1] * 1000 + math.floor(time[2] / 1000), {})
for i = 1, #live, 2 do
  local watched = ' ' .. (redis.call('HGET', KEYS[2], live[i]) or '') .. ' '
  if string.find(watched, ' ' .. ARGV[1] .. ' ', 1, true) then
    found[#found + 1] = live[i]
    found[#found + 1] = live[i + 1]
  end
end
return found
