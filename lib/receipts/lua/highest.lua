-- Watermarks of a conversation: user -> 'delivered read'. `built` says that they are complete; until then `token`
-- names the rebuild under way, and what is raised meanwhile is kept for it.
local function highest(receipts, user, delivered, read)
  local kept = redis.call('HGET', receipts, user) or '0 0'
  local wasDelivered, wasRead = string.match(kept, '^(%d+) (%d+)$')
  local rose = 0
  if tonumber(delivered) > tonumber(wasDelivered) then wasDelivered, rose = delivered, 1 end
  if tonumber(read) > tonumber(wasRead) then wasRead, rose = read, 1 end
  if rose == 1 then redis.call('HSET', receipts, user, wasDelivered .. ' ' .. wasRead) end
  return rose, wasDelivered, wasRead
end
