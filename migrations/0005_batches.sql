-- A projection of the batch objects, for lists only; can be rebuilt from them. Batches of before are listed once they write
-- their row: with their next change, or by `npm run reindex`.
CREATE TABLE batches (
  id                  TEXT PRIMARY KEY,
  owner               TEXT NOT NULL,
  rev                 INTEGER NOT NULL,
  state               TEXT NOT NULL,
  size                INTEGER NOT NULL,
  counts              TEXT,
  created_at          INTEGER NOT NULL,
  finished_at         INTEGER,
  cancel_requested_at INTEGER,
  expires_at          INTEGER,
  check_at            INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX batches_by_owner ON batches (owner, created_at DESC, id DESC);
CREATE INDEX batches_by_check ON batches (check_at);

-- The batch of a job. Rows from before are set right by `npm run reindex`.
ALTER TABLE jobs ADD COLUMN batch TEXT;
CREATE INDEX jobs_by_batch ON jobs (owner, batch, created_at DESC, id DESC) WHERE batch IS NOT NULL;

-- Records of jobs have an end: 365 days, or what RECORD_RETENTION_DAYS says when the sweep asks them.
UPDATE jobs SET check_at = finished_at + 31536000000 WHERE check_at IS NULL AND finished_at IS NOT NULL;
