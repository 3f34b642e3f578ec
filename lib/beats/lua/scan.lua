-- KEYS 1 due or held   ARGV 1 cursor, 2 count   -> next cursor, then users
local reply = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local found = { reply[1] }
for i = 1, #reply[2], 2 do found[#found + 1] = reply[2][i] end
return found
