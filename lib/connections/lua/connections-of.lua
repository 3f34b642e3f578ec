-- KEYS 1 connections   -> connection, since and device of each
local found = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local since, device = string.match(all[i + 1], '^(%d+) %d+ %d+ %d+ (%S+)')
  found[#found + 1] = all[i]
  found[#found + 1] = since
  found[#found + 1] = device
end
return found
