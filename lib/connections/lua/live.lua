-- Appends connection and end of its token for each that may be posted to; forgets what is older than any can be.
local function addLive(connections, connectionMs, now, to)
  local all = redis.call('HGETALL', connections)
  for i = 1, #all, 2 do
    local since, expiresAt = string.match(all[i + 1], '^(%d+) %d+ %d+ (%d+) ')
    if now - tonumber(since) > tonumber(connectionMs) then
      redis.call('HDEL', connections, all[i])
    elseif tonumber(expiresAt) > now then
      to[#to + 1] = all[i]
      to[#to + 1] = expiresAt
    end
  end
  return to
end
