/**
 * One shard of the result cache: which job has published the result of which key. It only points: the job itself decides
 * whether its result may be shared (`JobObject.share`), so an entry may be out of date, and all of them may be lost.
 */
import { DurableObject } from "cloudflare:workers";
import { MAX_CACHE_ENTRIES } from "#contract/limits.ts";
import type { FilesOfJob } from "../domain/job-record.ts";
import type { Env } from "../env.ts";
import {
  addCount,
  type CacheCounts,
  deleteEntry,
  findEntry,
  migrateCacheStore,
  putEntry,
  readCounts,
} from "../storage/cache-store.ts";

/** Shards, named by the first hex digit of the key: submissions of all owners ask them. */
export const CACHE_SHARDS = 16;
const MAX_ENTRIES_PER_SHARD = Math.floor(MAX_CACHE_ENTRIES / CACHE_SHARDS);

export class CacheObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
    migrateCacheStore(this.#sql);
  }

  /** Where the result of that key is, or null, which counts as a miss. */
  find(key: string): FilesOfJob | null {
    const found = findEntry(this.#sql, key, Date.now());
    if (!found) addCount(this.#sql, "misses");
    return found;
  }

  /** What was found has become another job's result, or it was refused: then it is forgotten, and a miss. */
  found(key: string, files: FilesOfJob, wasShared: boolean): void {
    addCount(this.#sql, wasShared ? "hits" : "misses");
    if (!wasShared) deleteEntry(this.#sql, key, files);
  }

  /** A job has published the result of that key. Again is a no-op, and so is one that is older than what is there. */
  put(entry: { key: string; files: FilesOfJob; expiresAt: number }): void {
    const now = Date.now();
    if (entry.expiresAt > now) putEntry(this.#sql, entry, MAX_ENTRIES_PER_SHARD, now);
  }

  counts(): CacheCounts {
    return readCounts(this.#sql);
  }
}
