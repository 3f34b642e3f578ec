-- KEYS 1 connections, 2 presence, 3 ended
-- ARGV 1 connection ('' for any), 2 device ('' for any), 3 before ('' for any), 4 name of this call
-- -> as dropWhere
return dropWhere(KEYS[1], KEYS[2], KEYS[3], ARGV[4], 'dropped', function(connection, device, since)
  return (ARGV[1] == '' or ARGV[1] == connection)
    and (ARGV[2] == '' or ARGV[2] == device)
    and (ARGV[3] == '' or since < tonumber(ARGV[3]))
end)
