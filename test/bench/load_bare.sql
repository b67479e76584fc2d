-- For psql: a random command as a statement of its own, whatever becomes of it.
SELECT load_command() \gexec
