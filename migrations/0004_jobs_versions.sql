-- What lists show of a job besides its state: the first of its versions, whether it is pinned, whether its result was there
-- already. Rows from before are taken for first versions; `npm run reindex` sets right those that are not.
ALTER TABLE jobs ADD COLUMN asset TEXT;
ALTER TABLE jobs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE jobs ADD COLUMN cached INTEGER NOT NULL DEFAULT 0;
UPDATE jobs SET asset = id;

-- The versions of one asset.
CREATE INDEX jobs_by_asset ON jobs (owner, asset, created_at DESC, id DESC);
-- How many an owner has pinned.
CREATE INDEX jobs_pinned ON jobs (owner) WHERE pinned = 1;
