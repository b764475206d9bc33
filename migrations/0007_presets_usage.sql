-- Presets of accounts: parameters of a job type under a name.
CREATE TABLE presets (
  owner       TEXT NOT NULL,
  type        TEXT NOT NULL,
  name        TEXT NOT NULL,
  title       TEXT NOT NULL,
  description TEXT NOT NULL,
  params      TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  PRIMARY KEY (owner, type, name)
) WITHOUT ROWID;

-- What a job has used so far, for GET /v1/usage: milliseconds that runners were at work on it, bytes of its inputs and of its
-- results. Rows from before don't know; `npm run reindex` tells them.
ALTER TABLE jobs ADD COLUMN run_ms INTEGER;
ALTER TABLE jobs ADD COLUMN bytes_in INTEGER;
ALTER TABLE jobs ADD COLUMN bytes_out INTEGER;
