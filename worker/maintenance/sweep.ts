/**
 * The sweep: finds what alarms missed. Runs by the clock (`crons` in wrangler.toml) and by `POST /admin/v1/sweep`; twice at
 * once does no harm. One run is bounded, the next one goes on: a job's row says when it is to be asked, and the place in R2
 * is kept in D1. Parts of uploads that were never joined are not listed by R2: its own rule aborts them after seven days.
 */
import type { SweepReport } from "#contract/admin-api.ts";
import { inBatches } from "../durable/in-batches.ts";
import { callBatch, callJob } from "../durable/stubs.ts";
import type { Env } from "../env.ts";
import { deleteBatchRow } from "../storage/batches-table.ts";
import { claimDueRows } from "../storage/due-rows.ts";
import { deleteFiles, listFiles } from "../storage/files-bucket.ts";
import { deleteJobRow } from "../storage/jobs-table.ts";
import { loadSweepPlace, saveSweepPlace } from "../storage/sweep-table.ts";
import { findUnnamed } from "./unnamed-files.ts";

/** How many jobs and batches one run asks, and how many files it looks at: each may cost a call. */
const LIMITS = { jobs: 200, batches: 50, files: 400 };
/** A job that was asked, or could not be, is asked again after this long unless it says otherwise. */
const ASK_AGAIN_MS = 60 * 60_000;
/** Younger files are left to their own object: nothing that is just being written is taken. */
const MIN_AGE_MS = 24 * 60 * 60_000;

/** One run. Never throws: what failed is logged, counted, and done by a later run. */
export async function runSweep(env: Env, limits = LIMITS): Promise<SweepReport> {
  const now = Date.now();
  const jobs = await attempt("jobs", { jobsAsked: 0, rowsOfNoJob: 0, failed: 1 }, () =>
    sweepJobs(env, now, limits.jobs),
  );
  const batches = await attempt("batches", { batchesAsked: 0, rowsOfNoBatch: 0, failed: 1 }, () =>
    sweepBatches(env, now, limits.batches),
  );
  const none = { filesSeen: 0, filesDeleted: 0, isAround: false, failed: 1 };
  const files = await attempt("files", none, () => sweepFiles(env, now, limits.files));
  const report = { ...jobs, ...batches, ...files, failed: jobs.failed + batches.failed + files.failed };
  console.info("sweep", report);
  return report;
}

/** Asks jobs that have not told of themselves for longer than they should. */
async function sweepJobs(env: Env, now: number, limit: number) {
  const ids = await claimDueRows(env.DB, "jobs", { now, nextAt: now + ASK_AGAIN_MS, limit });
  const outcomes = await inBatches(ids, (id) => attempt(id, "failed" as const, () => sweepJob(env, id)));
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return { jobsAsked: ids.length, rowsOfNoJob: count("no job"), failed: count("failed") };
}

async function sweepJob(env: Env, id: string): Promise<"asked" | "no job"> {
  if ((await callJob(env, id, (stub) => stub.wake())) !== null) return "asked";
  await deleteJobRow(env.DB, id);
  return "no job";
}

/** The same of batches. */
async function sweepBatches(env: Env, now: number, limit: number) {
  const ids = await claimDueRows(env.DB, "batches", { now, nextAt: now + ASK_AGAIN_MS, limit });
  const outcomes = await inBatches(ids, (id) => attempt(id, "failed" as const, () => sweepBatch(env, id)));
  const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
  return { batchesAsked: ids.length, rowsOfNoBatch: count("no batch"), failed: count("failed") };
}

async function sweepBatch(env: Env, id: string): Promise<"asked" | "no batch"> {
  if ((await callBatch(env, id, (stub) => stub.wake())) !== null) return "asked";
  await deleteBatchRow(env.DB, id);
  return "no batch";
}

/** Asks whose the next files are; those that nobody names go. */
async function sweepFiles(env: Env, now: number, limit: number) {
  const { objects, next } = await listFiles(env.BUCKET, { after: await loadSweepPlace(env.DB), limit });
  const old = objects.filter(({ uploaded }) => now - uploaded.getTime() >= MIN_AGE_MS).map(({ key }) => key);
  const unnamed = [...(await findUnnamed(env, old, true))];
  if (unnamed.length > 0) {
    console.warn("files that no record names are deleted", { keys: unnamed.slice(0, 20), count: unnamed.length });
    await deleteFiles(env.BUCKET, unnamed);
  }
  await saveSweepPlace(env.DB, next);
  return { filesSeen: objects.length, filesDeleted: unnamed.length, isAround: next === null, failed: 0 };
}

async function attempt<T>(what: string, otherwise: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    console.error("sweep failed in part, a later one goes on", { what, error: String(error) });
    return otherwise;
  }
}
