/**
 * The audit of R2, page by page: every key is named by a record, and every file that a record names is there. Only looks.
 * First all files are gone through, then the jobs of the list, whose manifests, checkpoints and inputs are looked for.
 * An upload that no job uses is in no list: that its file is there, nobody checks.
 */
import type { DeletedOrphans, StorageAuditPage } from "#contract/admin-api.ts";
import { ORPHAN_MIN_AGE_MS } from "#contract/limits.ts";
import { inBatches } from "../durable/in-batches.ts";
import { callJob } from "../durable/stubs.ts";
import type { Env } from "../env.ts";
import { deleteFiles, headFile, listFiles } from "../storage/files-bucket.ts";
import { listJobIds } from "../storage/jobs-table.ts";
import { folderOf, parseKey } from "../storage/object-keys.ts";
import { findUnnamed } from "./unnamed-files.ts";

/** A page has a tenth as many jobs as files, and ends sooner once so many inputs and folders were looked for. */
const FILES_PER_JOB = 10;
const MAX_LOOKUPS = 1_000;
const JOBS_AT_ONCE = 5;
const UPLOADS_FOLDER = "uploads/";
/** R2 lists so many at once. */
const LIST_MAX = 1_000;

/** Where an audit goes on: behind this key, or behind this job. */
export type AuditPlace = { readonly phase: "files" | "jobs"; readonly after: string };

const NOTHING = { keys: 0, bytes: 0 };

/** One page of `limit` files, or fewer jobs, and where the next one begins; null after the last one. */
export async function auditPage(
  env: Env,
  place: AuditPlace | null,
  limit: number,
): Promise<Omit<StorageAuditPage, "cursor"> & { next: AuditPlace | null }> {
  return place?.phase === "jobs" ? auditJobs(env, place.after, limit) : auditFiles(env, place?.after ?? null, limit);
}

/** Deletes those of `keys` that no record names and that are old enough; the others are left. */
export async function deleteOrphans(env: Env, keys: readonly string[], now: number): Promise<DeletedOrphans> {
  const heads = await inBatches(keys, (key) => headFile(env.BUCKET, key));
  const old = heads.flatMap((head) => (head && now - head.uploaded.getTime() >= ORPHAN_MIN_AGE_MS ? [head.key] : []));
  const unnamed = await findUnnamed(env, old);
  await deleteFiles(env.BUCKET, [...unnamed]);
  return { deleted: [...unnamed], kept: keys.filter((key) => !unnamed.has(key)) };
}

async function auditFiles(env: Env, after: string | null, limit: number) {
  const { objects, next } = await listFiles(env.BUCKET, { after, limit });
  const unnamed = await findUnnamed(
    env,
    objects.map(({ key }) => key),
  );
  const kinds = { upload: NOTHING, artifact: NOTHING, checkpoint: NOTHING, other: NOTHING };
  for (const { key, size } of objects) {
    const kind = parseKey(key)?.kind ?? "other";
    kinds[kind] = { keys: kinds[kind].keys + 1, bytes: kinds[kind].bytes + size };
  }
  const orphans = objects
    .filter(({ key }) => unnamed.has(key))
    .map(({ key, size, uploaded }) => ({ key, bytes: size, uploadedAt: uploaded.getTime() }));
  const then: AuditPlace = next === null ? { phase: "jobs", after: "" } : { phase: "files", after: next };
  return { kinds, orphans, missing: [], jobs: 0, namedFiles: 0, next: then };
}

async function auditJobs(env: Env, after: string, limit: number) {
  const count = Math.ceil(limit / FILES_PER_JOB);
  const ids = await listJobIds(env.DB, after, count);
  const audited: Awaited<ReturnType<typeof auditJob>>[] = [];
  const sum = (value: (job: (typeof audited)[number]) => number) => audited.reduce((all, job) => all + value(job), 0);
  while (audited.length < ids.length && sum(({ lookups }) => lookups) < MAX_LOOKUPS) {
    const next = ids.slice(audited.length, audited.length + JOBS_AT_ONCE);
    audited.push(...(await inBatches(next, (id) => auditJob(env, id))));
  }
  const last = ids[audited.length - 1];
  const isLast = ids.length < count && audited.length === ids.length;
  return {
    kinds: { upload: NOTHING, artifact: NOTHING, checkpoint: NOTHING, other: NOTHING },
    orphans: [],
    missing: audited.flatMap(({ missing }) => missing),
    jobs: audited.length,
    namedFiles: sum(({ named }) => named),
    next: isLast || last === undefined ? null : { phase: "jobs" as const, after: last },
  };
}

async function auditJob(env: Env, jobId: string) {
  const named = await callJob(env, jobId, (stub) => stub.namedFiles());
  const { absent, lookups } = await findAbsent(env, named);
  if (absent.length === 0) return { named: named.length, lookups, missing: [] };
  // What went meanwhile is no longer named.
  const still = new Set(await callJob(env, jobId, (stub) => stub.namedFiles()));
  return {
    named: named.length,
    lookups,
    missing: absent.filter((key) => still.has(key)).map((key) => ({ jobId, key })),
  };
}

/** Those of `keys` that R2 lacks, and how many calls it took. A job's folder is one or two, however many files it has. */
async function findAbsent(env: Env, keys: readonly string[]): Promise<{ absent: string[]; lookups: number }> {
  // Uploads are single files in one large folder.
  const uploads = keys.filter((key) => folderOf(key) === UPLOADS_FOLDER);
  const folders = [...new Set(keys.map(folderOf))].filter((folder) => folder !== UPLOADS_FOLDER);
  const heads = await inBatches(uploads, (key) => headFile(env.BUCKET, key));
  const lists = await inBatches(folders, (folder) => listFolder(env, folder));
  const there = new Set([...heads.flatMap((head) => head?.key ?? []), ...lists.flat()]);
  return { absent: keys.filter((key) => !there.has(key)), lookups: uploads.length + folders.length };
}

async function listFolder(env: Env, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listFiles>> = await listFiles(env.BUCKET, { prefix, after, limit: LIST_MAX });
    keys.push(...page.objects.map(({ key }) => key));
    after = page.next;
  } while (after !== null);
  return keys;
}
