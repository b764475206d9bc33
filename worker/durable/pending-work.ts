/**
 * The outside work a job's change asked for. Each piece is idempotent, so that it may be repeated after a crash.
 * One that fails leaves its flag set; the others are not held up by it.
 */
import { keepsFile } from "../domain/job-files.ts";
import type { JobRecord } from "../domain/job-record.ts";
import type { Env } from "../env.ts";
import { deleteJobFiles } from "../storage/files-bucket.ts";
import { upsertJobRow } from "../storage/jobs-table.ts";
import { parseKey } from "../storage/object-keys.ts";
import { callJob, callPool, callUpload } from "./stubs.ts";

type Pending = JobRecord["pending"];

/** Does what `record.pending` asks for. Returns the flags that are done, each set back. */
export async function runPending(env: Env, record: JobRecord): Promise<Partial<Pending>> {
  const { pending } = record;
  const pieces: [Partial<Pending>, (() => Promise<unknown>) | null][] = [
    [{ pool: null }, poolWork(env, record)],
    [
      { ringCancel: false },
      pending.ringCancel ? () => callPool(env, record.pool, (pool) => pool.ringCancel(record.id)) : null,
    ],
    [{ project: false }, pending.project ? () => upsertJobRow(env.DB, record) : null],
    [{ cleanup: false }, pending.cleanup ? () => deleteJobFiles(env.BUCKET, record.id, keepsKey(record)) : null],
    [{ releaseInputs: false }, pending.releaseInputs ? () => releaseInputs(env, record) : null],
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

function poolWork(env: Env, record: JobRecord): (() => Promise<unknown>) | null {
  const { id: jobId, owner, type, priority, queuedAt, notBefore, pool } = record;
  const entry = { jobId, owner, type, priority, queuedAt };
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

async function releaseInputs(env: Env, record: JobRecord): Promise<void> {
  const { id, inputs, sharedFrom } = record;
  const uploads = inputs.flatMap(({ upload }) => upload ?? []);
  const jobs = new Set([...inputs.flatMap(({ job }) => job ?? []), ...(sharedFrom ? [sharedFrom.jobId] : [])]);
  await Promise.all([
    ...uploads.map((upload) => callUpload(env, upload, (stub) => stub.release(id))),
    ...[...jobs].map((job) => callJob(env, job, (stub) => stub.letGo(id))),
  ]);
}
