/** The D1 table `api_keys`. Maps snake_case to camelCase; nothing else sees its SQL. */
import { type ApiKey, type KeyKind, keyKindSchema, SCOPES } from "#contract/access.ts";
import { KEY_USE_NOTED_MS, MAX_KEYS_PER_ACCOUNT } from "#contract/limits.ts";
import type { KnownKey } from "../domain/api-key.ts";

interface KeyRow {
  id: string;
  kind: string;
  account: string | null;
  name: string;
  hint: string;
  scopes: string;
  jobs_per_hour: number | null;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** Which keys are meant: all of them, or one account's. */
export type KeyOwner = { readonly account: string } | "anyone";

const COLUMNS =
  "id, kind, account, name, hint, scopes, jobs_per_hour, created_at, expires_at, last_used_at, revoked_at";

/**
 * Stores a new key, unless its account has `MAX_KEYS_PER_ACCOUNT` that work; runner keys count as one account's.
 * @param limitOf the key with whose limit of jobs it counts; null for its own
 */
export async function insertKey(
  db: D1Database,
  key: ApiKey,
  hash: string,
  limitOf: string | null = null,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `INSERT INTO api_keys (id, kind, account, name, hash, hint, scopes, jobs_per_hour, created_at, expires_at, limit_of)
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?12
       WHERE (SELECT COUNT(*) FROM api_keys
         WHERE account IS ?3 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?9)) < ?11`,
    )
    .bind(
      ...[key.id, key.kind, key.account, key.name, hash, key.hint, key.scopes.join(" "), key.jobsPerHour],
      ...[key.createdAt, key.expiresAt, MAX_KEYS_PER_ACCOUNT, limitOf],
    )
    .run();
  return meta.changes > 0;
}

/** The key with this hash, revoked and expired ones included. */
export async function findKeyByHash(db: D1Database, hash: string): Promise<KnownKey | null> {
  const statement = db.prepare(`SELECT ${COLUMNS}, limit_of FROM api_keys WHERE hash = ?`);
  const row = await statement.bind(hash).first<KeyRow & { limit_of: string | null }>();
  return row && { ...toKey(row), limitOf: row.limit_of ?? row.id };
}

/** The key with this id, if it is one of `owner`'s. */
export async function findKey(db: D1Database, id: string, owner: KeyOwner): Promise<ApiKey | null> {
  const statement = db.prepare(`SELECT ${COLUMNS} FROM api_keys WHERE id = ?1 ${ownedBy(owner)}`);
  const row = await statement.bind(id, ...accountOf(owner)).first<KeyRow>();
  return row && toKey(row);
}

/** A page of keys, newest first. `after` is the last key of the page before. */
export async function listKeys(
  db: D1Database,
  owner: KeyOwner,
  { limit, after }: { readonly limit: number; readonly after: { createdAt: number; id: string } | null },
): Promise<ApiKey[]> {
  const place = after ?? { createdAt: Number.MAX_SAFE_INTEGER, id: "" };
  const { results } = await db
    .prepare(
      `SELECT ${COLUMNS} FROM api_keys WHERE (created_at, id) < (?1, ?3) ${ownedBy(owner)}
       ORDER BY created_at DESC, id DESC LIMIT ?4`,
    )
    .bind(place.createdAt, accountOf(owner)[0] ?? null, place.id, limit)
    .all<KeyRow>();
  return results.map(toKey);
}

/** What of a key can be changed; what is undefined stays. */
export interface KeyChange {
  readonly name?: string | undefined;
  readonly jobsPerHour?: number | null | undefined;
}

/** Changes a key's name or limit. One that is given a limit counts by itself from then on. */
export async function updateKey(db: D1Database, id: string, { name, jobsPerHour }: KeyChange): Promise<void> {
  const keepsLimit = jobsPerHour === undefined ? 1 : 0;
  await db
    .prepare(
      `UPDATE api_keys SET name = COALESCE(?2, name), jobs_per_hour = CASE WHEN ?4 = 1 THEN jobs_per_hour ELSE ?3 END,
         limit_of = CASE WHEN ?4 = 1 THEN limit_of END
       WHERE id = ?1`,
    )
    .bind(id, name ?? null, jobsPerHour ?? null, keepsLimit)
    .run();
}

/** Ends a key. Again is a no-op: the first time counts. */
export async function revokeKey(db: D1Database, id: string, now: number): Promise<void> {
  await db.prepare("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL").bind(now, id).run();
}

/** Notes that a key is in use, once a minute at most. */
export async function noteKeyUse(db: D1Database, id: string, now: number): Promise<void> {
  await db
    .prepare("UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at <= ?3)")
    .bind(id, now, now - KEY_USE_NOTED_MS)
    .run();
}

/** The account is parameter 2 wherever it is one. */
function ownedBy(owner: KeyOwner): string {
  return owner === "anyone" ? "" : "AND account = ?2";
}

function accountOf(owner: KeyOwner): string[] {
  return owner === "anyone" ? [] : [owner.account];
}

function toKey(row: KeyRow): ApiKey {
  const words = row.scopes.split(" ");
  return {
    id: row.id,
    kind: keyKindSchema.parse(row.kind) satisfies KeyKind,
    account: row.account,
    name: row.name,
    hint: row.hint,
    // A scope that a later version knew and this one doesn't gives nothing.
    scopes: SCOPES.filter((scope) => words.includes(scope)),
    jobsPerHour: row.jobs_per_hour,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}
