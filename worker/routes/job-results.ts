/** What comes out of a job: events (SSE and WebSocket), log lines, artifacts. Mounted under `/v1/jobs/:id`. */
import { Hono } from "hono";
import { z } from "zod";
import type { Job } from "#contract/job.ts";
import { artifactNameSchema } from "#contract/manifest.ts";
import { callJob } from "../durable/stubs.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { artifactKey, sharedFileKey } from "../storage/object-keys.ts";
import { jobArchive } from "./archive.ts";
import { contentDisposition } from "./content-disposition.ts";
import { readEventPlace, readSocketPlace } from "./event-place.ts";
import { signDownload } from "./file-urls.ts";
import { findJob, findJobWithFiles } from "./job-access.ts";
import { readQuery } from "./request-parsing.ts";

export const jobResults = new Hono<AppContext>();

const seqSchema = z.coerce.number().int().min(0);
const LOG_PAGE_LINES = 1_000;

jobResults.get("/events", async (c) => {
  const { id } = await findJob(c as never);
  const after = readEventPlace(c as never);
  return c.env.JOBS.get(c.env.JOBS.idFromName(id)).fetch(`https://job/events?after=${after}`, {
    signal: c.req.raw.signal,
  });
});

jobResults.get("/ws", async (c) => {
  const { id } = await findJob(c as never);
  const after = readSocketPlace(c as never);
  return c.env.JOBS.get(c.env.JOBS.idFromName(id)).fetch(`https://job/ws?after=${after}`, {
    headers: { Upgrade: "websocket" },
  });
});

jobResults.get("/logs", async (c) => {
  const { id } = await findJob(c as never);
  const { from } = readQuery(c, z.object({ from: seqSchema.default(0) }).strict());
  const events = await callJob(c.env, id, (stub) => stub.events(from, LOG_PAGE_LINES, "log"));
  const lines = events.flatMap((event) =>
    event.kind === "log" ? [{ seq: event.seq, at: event.at, attempt: event.data.attempt, line: event.data.line }] : [],
  );
  return c.json({ lines, next: lines.at(-1)?.seq ?? from });
});

jobResults.get("/archive.zip", async (c) => jobArchive(await findJobWithFiles(c as never), c as never));

jobResults.get("/artifacts/:name", async (c) => {
  const { job, files } = await findJobWithFiles(c as never);
  const { manifest } = job;
  if (job.purgedAt !== null) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  if (!manifest)
    throw new AppError("job_not_finished", `The job is ${job.state}: it has no files${job.finishedAt ? "" : " yet"}.`);
  const name = artifactNameSchema.safeParse(c.req.param("name"));
  if (name.success && name.data === "manifest.json") {
    return c.body(JSON.stringify(manifest, null, 2), 200, {
      "Content-Type": "application/json",
      "Content-Disposition": contentDisposition("attachment", "manifest.json"),
    });
  }
  const artifact = name.success ? manifest.artifacts.find((entry) => entry.name === name.data) : undefined;
  if (!artifact) {
    const names = manifest.artifacts.map((entry) => entry.name).join(", ");
    throw new AppError("artifact_not_found", `This job has no file of that name. It has: ${names}, manifest.json.`);
  }
  if (!files) throw new AppError("gone", "The job's files are no longer kept. Submit it again.");
  const url = await signDownload(
    c as never,
    job.cached ? sharedFileKey(job.id, artifact.name) : artifactKey(files.jobId, files.leaseId, artifact.name),
    downloadName(job, artifact.name),
  );
  return c.body(null, 302, { Location: url, "Cache-Control": "no-store" });
});

/** What a downloaded file is called: the input's name with the artifact's, e.g. `github-model.glb`, if there is but one. */
function downloadName(job: Job, artifactName: string): string {
  const [input, ...others] = job.inputs.filter(({ role }) => role === null);
  const stem = others.length === 0 ? input?.filename.replace(/\.[^.]*$/, "") : undefined;
  return stem ? `${stem}-${artifactName}` : artifactName;
}
