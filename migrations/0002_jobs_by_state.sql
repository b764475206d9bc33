-- Lists of one owner's jobs in one state: dead letters, and what is still queued.
CREATE INDEX jobs_by_state ON jobs (owner, state, created_at DESC, id DESC);
