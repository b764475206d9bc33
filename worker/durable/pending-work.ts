/**
 * The outside work a job's change asked for. Each piece is idempotent, so that it may be repeated after a crash.
 * One that fails leaves its flag set; the others are not held up by it.
 */
import { toNews } from "../domain/batch-record.ts";
import { keepsFile } from "../domain/job-files.ts";
import { checkAt } from "../domain/job-projection.ts";
import { type JobRecord, toJob } from "../domain/job-record.ts";
import { lineOf } from "../domain/url-input.ts";
import { jobEvents } from "../domain/webhook-event.ts";
import { type Env, readConfig } from "../env.ts";
import { deleteJobFiles } from "../storage/files-bucket.ts";
import { upsertJobRow } from "../storage/jobs-table.ts";
import { parseKey } from "../storage/object-keys.ts";
import { inBatches } from "./in-batches.ts";
import { checkSharers, offerResult } from "./result-cache.ts";
import { callBatch, callJob, callPool, callUpload, publishEvents } from "./stubs.ts";

type Pending = JobRecord["pending"];

/** Calls to other jobs that are under way at once. */
const TOLD_AT_ONCE = 50;

/**
 * Does what `record.pending` asks for. Returns the flags that are done, each set back.
 * @param assistants runners that help with the job
 */
export async function runPending(
  env: Env,
  record: JobRecord,
  assistants: readonly string[] = [],
): Promise<Partial<Pending>> {
  const { pending } = record;
  const pieces: [Partial<Pending>, (() => Promise<unknown>) | null][] = [
    [{ pool: null }, poolWork(env, record)],
    [{ ringCancel: false }, pending.ringCancel ? () => ringCancel(env, record, assistants) : null],
    [{ project: false }, pending.project ? () => projectJob(env, record) : null],
    [{ cleanup: false }, pending.cleanup ? () => deleteJobFiles(env.BUCKET, record.id, keepsKey(record)) : null],
    [{ cache: false }, pending.cache ? () => offerResult(env, record) : null],
    [{ checkSharers: false }, pending.checkSharers ? () => checkSharers(env, record) : null],
    [{ releaseInputs: false }, pending.releaseInputs ? () => releaseInputs(env, record) : null],
    [{ notify: null }, pending.notify ? () => publishEvents(env, record.owner, jobEvents(record)) : null],
    [{ tellBatch: false }, pending.tellBatch ? () => tellBatch(env, record) : null],
    [{ tellHolders: false }, pending.tellHolders ? () => tellHolders(env, record) : null],
    [{ help: null }, pending.help ? () => askForHelp(env, record) : null],
  ];
  const settled = await Promise.all(
    pieces.map(async ([done, work]): Promise<Partial<Pending>> => {
      if (!work) return {};
      try {
        await work();
        return done;
      } catch (error) {
        console.error("outside work failed, will be repeated", {
          jobId: record.id,
          work: Object.keys(done),
          error: String(error),
        });
        return {};
      }
    }),
  );
  return Object.assign({}, ...settled) as Partial<Pending>;
}

function projectJob(env: Env, record: JobRecord): Promise<void> {
  return upsertJobRow(env.DB, record, checkAt(record, Date.now(), readConfig(env).recordKeptMs));
}

function poolWork(env: Env, record: JobRecord): (() => Promise<unknown>) | null {
  const { id: jobId, owner, priority, queuedAt, notBefore, pool } = record;
  const entry = { jobId, owner, type: lineOf(record.type, record.inputs), priority, queuedAt };
  switch (record.pending.pool) {
    case "enqueue":
      return () => callPool(env, pool, (stub) => stub.enqueue({ ...entry, notBefore }));
    case "take":
      return () => callPool(env, pool, (stub) => stub.take(entry));
    case "remove":
      return () => callPool(env, pool, (stub) => stub.remove({ jobId, queuedAt, ranMs: ranMs(record) }));
    case null:
      return null;
  }
}

/** Whoever works on the job hears that it was cancelled. Once the lease is gone, nobody does. */
async function ringCancel(env: Env, { id, pool, lease }: JobRecord, assistants: readonly string[]): Promise<void> {
  if (lease) await callPool(env, pool, (stub) => stub.ringCancel(id, [lease.runnerId, ...assistants]));
}

/** Other runners may help, or need not any more. Of an attempt that is over the pool hears in any case. */
async function askForHelp(env: Env, { id: jobId, pool, lease, pending, ...job }: JobRecord): Promise<void> {
  if (!pending.help || !lease) return;
  const { ring, ...help } = pending.help;
  const { owner, priority, queuedAt } = job;
  const type = lineOf(job.type, job.inputs);
  await callPool(env, pool, (stub) =>
    stub.help({ jobId, owner, type, priority, queuedAt, ...help }, ring ? lease.runnerId : null),
  );
}

/** How long the attempt took that made the result, or null. */
function ranMs({ attempts }: JobRecord): number | null {
  const last = attempts.at(-1);
  return last?.outcome === "succeeded" ? last.endedAt - last.startedAt : null;
}

/** Whether a file of the job stays. */
function keepsKey(record: JobRecord): (key: string) => boolean {
  return (key) => {
    const file = parseKey(key);
    return file !== null && file.kind !== "upload" && keepsFile(record, file);
  };
}

async function tellBatch(env: Env, record: JobRecord): Promise<void> {
  if (record.batch === undefined) return;
  await callBatch(env, record.batch, (stub) => stub.noteJob(toNews(toJob(record))));
}

/** Those of the holders that wait for this job ask how it ended. */
async function tellHolders(env: Env, { holders = [] }: JobRecord): Promise<void> {
  const jobs = holders.filter((holder) => holder.startsWith("job_"));
  await inBatches(jobs, (job) => callJob(env, job, (stub) => stub.dependencyEnded()), TOLD_AT_ONCE);
}

async function releaseInputs(env: Env, record: JobRecord): Promise<void> {
  const { id, inputs, sharedFrom } = record;
  const uploads = inputs.flatMap(({ upload }) => upload ?? []);
  const jobs = new Set([...inputs.flatMap(({ job }) => job ?? []), ...(sharedFrom ? [sharedFrom.jobId] : [])]);
  await Promise.all([
    ...uploads.map((upload) => callUpload(env, upload, (stub) => stub.release(id))),
    ...[...jobs].map((job) => callJob(env, job, (stub) => stub.letGo(id))),
  ]);
}
