-- KEYS 1 inbox   ARGV 1 epoch, 2 inboxMs   -> the epoch that stands
return epochOf(KEYS[1], ARGV[1], ARGV[2])
