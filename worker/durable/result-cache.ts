/**
 * Results of equal jobs: finding one for a new job, and offering a job's own. The cache (cache.do.ts) only points; the job
 * whose result it is lets it be shared and then keeps the files for as long as the other job is kept.
 * Nothing here may cost a job more than a moment: whatever fails is a miss.
 */
import { findJobType } from "#contract/job-types/registry.ts";
import { CACHE_LOOKUP_MAX_MS, CACHE_TTL_S } from "#contract/limits.ts";
import { type CacheSubject, cacheKey } from "../domain/cache-key.ts";
import type { SharedResult } from "../domain/job-lifecycle.ts";
import type { JobRecord, RecordInput } from "../domain/job-record.ts";
import type { Env } from "../env.ts";
import { headFile } from "../storage/files-bucket.ts";
import { uploadKey } from "../storage/object-keys.ts";
import { CACHE_SHARDS } from "./cache.do.ts";
import { inBatches } from "./in-batches.ts";
import { callCache, callJob } from "./stubs.ts";

/** Calls to R2 or to other jobs that are under way at once. */
const AT_ONCE = 50;

/**
 * The result of a job equal to the one with this id, shared with that from now on, or null. A job that is then not made, or
 * not with it, is found out when the other one asks (`checkSharers`).
 */
export async function findResult(env: Env, jobId: string, subject: CacheSubject): Promise<SharedResult | null> {
  if (!isCacheable(subject.type)) return null;
  const overdue = new AbortController();
  try {
    const late = scheduler.wait(CACHE_LOOKUP_MAX_MS, { signal: overdue.signal }).then(() => null);
    late.catch(() => undefined);
    return await Promise.race([findAndShare(env, jobId, subject, overdue.signal), late]);
  } catch (error) {
    console.error("result cache not asked", { jobId, error: String(error) });
    return null;
  } finally {
    overdue.abort();
  }
}

async function findAndShare(
  env: Env,
  jobId: string,
  subject: CacheSubject,
  overdue: AbortSignal,
): Promise<SharedResult | null> {
  const key = await cacheKey(subject);
  if (key === null) return null;
  const files = await callCache(env, key, (stub) => stub.find(key));
  if (!files || overdue.aborted) return null;
  const shared = await callJob(env, files.jobId, (stub) => stub.share(jobId, files.leaseId));
  await callCache(env, key, (stub) => stub.found(key, files, shared.ok));
  return shared.ok ? { files, manifest: shared.value } : null;
}

function isCacheable(typeName: string): boolean {
  return findJobType(typeName)?.cacheable !== false;
}

/** Offers the job's published result to equal jobs. Again is a no-op. */
export async function offerResult(env: Env, record: JobRecord): Promise<void> {
  const { id: jobId, type, publishedLeaseId: leaseId, finishedAt, manifest, typeVersion } = record;
  if (leaseId === null || finishedAt === null || !isCacheable(type)) return;
  // A runner of another version has made what the type made then.
  if (manifest?.typeVersion !== typeVersion) return;
  const key = await cacheKey(record);
  if (key === null || !(await areUntouched(env, record.inputs))) return;
  const expiresAt = finishedAt + CACHE_TTL_S * 1000;
  await callCache(env, key, (stub) => stub.put({ key, files: { jobId, leaseId }, expiresAt }));
}

/**
 * Whether the uploads still are what was hashed. A signed URL could have been used once more behind their completion: the
 * runner might have read other bytes than those whose result the key promises. R2 never gives a version twice.
 */
async function areUntouched(env: Env, inputs: readonly RecordInput[]): Promise<boolean> {
  const checks = inputs.flatMap(({ upload, content }) =>
    upload !== null && content?.version ? [{ upload, version: content.version }] : [],
  );
  for (let start = 0; start < checks.length; start += AT_ONCE) {
    const same = await Promise.all(
      checks
        .slice(start, start + AT_ONCE)
        .map(async ({ upload, version }) => (await headFile(env.BUCKET, uploadKey(upload)))?.version === version),
    );
    if (same.includes(false)) return false;
  }
  return true;
}

/** Lets go of a purged job's files for those that share them no more. */
export async function checkSharers(env: Env, { id, sharers = [] }: JobRecord): Promise<void> {
  const check = async (sharer: string): Promise<void> => {
    if (await callJob(env, sharer, (stub) => stub.shares(id))) return;
    await callJob(env, id, (stub) => stub.letGo(sharer));
  };
  await inBatches(sharers, check, AT_ONCE);
}

/** What all shards have counted. */
export async function readCacheCounts(env: Env): Promise<{ entries: number; hits: number; misses: number }> {
  const shards = Array.from({ length: CACHE_SHARDS }, (_, shard) => shard.toString(16));
  const all = await Promise.all(shards.map((shard) => callCache(env, shard, (stub) => stub.counts())));
  const total = (name: "entries" | "hits" | "misses") => all.reduce((sum, counts) => sum + counts[name], 0);
  return { entries: total("entries"), hits: total("hits"), misses: total("misses") };
}
