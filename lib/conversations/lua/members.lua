-- KEYS 1 members   -> pairs of user and 'role:version'
return present(KEYS[1])
