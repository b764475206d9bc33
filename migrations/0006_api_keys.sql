-- Keys of the API and of runners. A key's secret is never stored, only its HMAC under KEY_PEPPER, which is not in here.
CREATE TABLE api_keys (
  id            TEXT PRIMARY KEY,
  kind          TEXT NOT NULL,
  -- Whose things its callers' are; a runner key has none.
  account       TEXT,
  name          TEXT NOT NULL,
  hash          TEXT NOT NULL,
  hint          TEXT NOT NULL,
  -- With spaces between.
  scopes        TEXT NOT NULL,
  -- NULL: the server's limit.
  jobs_per_hour INTEGER,
  created_at    INTEGER NOT NULL,
  expires_at    INTEGER,
  last_used_at  INTEGER,
  revoked_at    INTEGER
) WITHOUT ROWID;

CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash);
CREATE INDEX api_keys_by_account ON api_keys (account, created_at DESC, id DESC);
CREATE INDEX api_keys_by_age ON api_keys (created_at DESC, id DESC);
