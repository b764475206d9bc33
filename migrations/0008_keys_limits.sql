-- With whose limit of jobs a key counts: the id of the key that made it, when that one had a limit of its own. NULL: its own.
ALTER TABLE api_keys ADD COLUMN limit_of TEXT;
