-- When the sweep is to ask the job's object, should its own alarm have failed. Rows from before are asked soon.
ALTER TABLE jobs ADD COLUMN check_at INTEGER;
UPDATE jobs SET check_at = COALESCE(expires_at, created_at);
CREATE INDEX jobs_by_check ON jobs (check_at) WHERE check_at IS NOT NULL;

-- Behind which key of R2 the next sweep goes on. Losing it costs one more time around.
CREATE TABLE sweep (
  id        INTEGER PRIMARY KEY CHECK (id = 1),
  after_key TEXT
);
