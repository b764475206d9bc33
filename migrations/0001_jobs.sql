-- A projection of the job objects, for lists only. Never asked who holds a lease; can be rebuilt from the objects.
CREATE TABLE jobs (
  id          TEXT PRIMARY KEY,
  owner       TEXT NOT NULL,
  type        TEXT NOT NULL,
  state       TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  finished_at INTEGER,
  expires_at  INTEGER,
  error       TEXT
) WITHOUT ROWID;

CREATE INDEX jobs_by_owner ON jobs (owner, created_at DESC, id DESC);
