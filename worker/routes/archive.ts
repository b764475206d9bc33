/**
 * Archives: the files of a job, or of all jobs of a batch, as one zip, streamed from R2 one file at a time, stored and not
 * compressed (pictures and models are already). Nothing is held in memory but what is on its way. Zip64, so that neither
 * 4 GB nor 65,535 files are a limit. Made by client-zip.
 */
import { makeZip } from "client-zip";
import type { Context } from "hono";
import type { Batch, BatchJob } from "#contract/batch.ts";
import { FINAL_STATES, type JobState } from "#contract/job.ts";
import { MAX_BATCH_JOBS } from "#contract/limits.ts";
import type { StoredFacts } from "../durable/job.do.ts";
import { callBatch, callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { getFile } from "../storage/files-bucket.ts";
import { artifactKey } from "../storage/object-keys.ts";
import { contentDisposition } from "./content-disposition.ts";

interface ArchiveFile {
  readonly name: string;
  readonly input: ReadableStream<Uint8Array> | string;
  readonly lastModified: Date;
  readonly size?: number;
}

/** `GET /v1/jobs/{id}/archive.zip` */
export function jobArchive(facts: StoredFacts, c: Context<AppContext>): Response {
  const { job } = facts;
  if (job.purgedAt !== null) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  if (!job.manifest) throw new AppError("job_not_finished", `The job is ${job.state}: it has no files.`);
  return zipResponse(filesOfJob(c, facts, ""), `${job.id}.zip`);
}

/**
 * `GET /v1/batches/{id}/archive.zip`: a folder for each job that has succeeded by now, in the jobs' order, and `batch.json`,
 * which names all jobs with their folder, or why they have none.
 */
export async function batchArchive(c: Context<AppContext>, batch: Batch): Promise<Response> {
  const { jobs } = await callBatch(c.env, batch.id, (stub) => stub.jobs(0, MAX_BATCH_JOBS));
  if (!jobs.some(({ state }) => FINAL_STATES.has(state))) {
    throw new AppError("job_not_finished", "No job of this batch has ended yet: there is nothing to download.");
  }
  return zipResponse(filesOfBatch(c, batch, jobs), `${batch.id}.zip`);
}

/** What `batch.json` says of a job. */
interface IndexEntry {
  readonly number: number;
  readonly key: string | null;
  readonly id: string;
  readonly type: string;
  readonly state: JobState;
  /** Null when the archive has no files of it. */
  readonly folder: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

async function* filesOfBatch(
  c: Context<AppContext>,
  { id, createdAt }: Batch,
  jobs: readonly BatchJob[],
): AsyncGenerator<ArchiveFile> {
  const index: IndexEntry[] = [];
  for (const { number, key, id: jobId, type, state, error } of jobs) {
    const facts = state === "succeeded" ? await callJob(c.env, jobId, (stub) => stub.read()) : null;
    const folder = facts?.job.manifest && facts.files ? folderOf(number, key, facts) : null;
    if (facts && folder !== null) yield* filesOfJob(c, facts, `${folder}/`);
    const missing = { code: "gone", message: "Its files are no longer kept." };
    index.push({
      number,
      key,
      id: jobId,
      type,
      state,
      folder,
      error: state === "succeeded" && folder === null ? missing : error,
    });
  }
  const text = JSON.stringify({ batch: id, jobs: index }, null, 2);
  yield { name: "batch.json", input: text, lastModified: new Date(createdAt) };
}

async function* filesOfJob(
  c: Context<AppContext>,
  { job, files }: StoredFacts,
  folder: string,
): AsyncGenerator<ArchiveFile> {
  const lastModified = new Date(job.finishedAt ?? job.createdAt);
  if (!files || !job.manifest) return;
  yield { name: `${folder}manifest.json`, input: JSON.stringify(job.manifest, null, 2), lastModified };
  for (const { name, bytes } of job.manifest.artifacts) {
    const object = await getFile(c.env.BUCKET, artifactKey(files.jobId, files.leaseId, name));
    // Its time has ended while the archive was on its way: an archive that breaks off is seen, one that lacks a file is not.
    if (!object) throw new Error(`${name} of ${job.id} is gone`);
    yield { name: `${folder}${name}`, input: object.body, lastModified, size: bytes };
  }
}

/** The job's key, or its number and the name of the file it was made from. Unique, as no key begins like a number. */
function folderOf(number: number, key: string | null, { job }: StoredFacts): string {
  if (key !== null) return key;
  const [input] = job.inputs.filter(({ role }) => role === null);
  const stem = (input?.filename ?? "").replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}._-]+/gu, "_");
  const name = stem.replace(/^[._]+|[._]+$/g, "").slice(0, 64);
  return `${String(number).padStart(4, "0")}${name === "" ? "" : `-${name}`}`;
}

function zipResponse(files: AsyncIterable<ArchiveFile>, filename: string): Response {
  return new Response(makeZip(files, { buffersAreUTF8: true }), {
    headers: {
      "Content-Type": "application/zip",
      "Content-Disposition": contentDisposition("attachment", filename),
      "Cache-Control": "no-store",
    },
  });
}
