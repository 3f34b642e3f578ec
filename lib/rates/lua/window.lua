-- Exact sliding window: the times (microseconds, doubles) of the accepted takes, packed newest first in one string.
-- Returns 0 when accepted, else the milliseconds to wait.
local function take(key, count, windowMs, nowUs)
  local window = windowMs * 1000
  local packed = redis.call('GET', key) or ''
  if #packed >= 8 then
    local newest = struct.unpack('>d', packed)
    if newest > nowUs then nowUs = newest end -- a failover may have moved the clock back
  end
  local kept = #packed / 8
  while kept > 0 and struct.unpack('>d', packed, (kept - 1) * 8 + 1) <= nowUs - window do kept = kept - 1 end
  if kept >= count then
    local freeing = struct.unpack('>d', packed, (count - 1) * 8 + 1)
    return math.max(1, math.ceil((freeing + window - nowUs) / 1000))
  end
  redis.call('SET', key, struct.pack('>d', nowUs) .. string.sub(packed, 1, kept * 8), 'PX', windowMs + 1)
  return 0
end
