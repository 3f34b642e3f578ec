-- Pairs of user and 'role:version' of those who are not out: of a room everybody is remembered who ever was in it.
local function present(members)
  local all, some = redis.call('HGETALL', members), {}
  for i = 1, #all, 2 do
    if string.sub(all[i + 1], 1, 4) ~= 'out:' then
      some[#some + 1] = all[i]
      some[#some + 1] = all[i + 1]
    end
  end
  return some
end
