/** What comes out of a job, under `/v1/jobs/{id}`: events (SSE and WebSocket), log lines, artifacts. */
import { z } from "zod";
import { jobEventSchema, jobIdSchema } from "#contract/job.ts";
import { artifactNameSchema, manifestSchema } from "#contract/manifest.ts";
import { logPageSchema } from "#contract/public-api.ts";
import { callJob } from "../durable/stubs.ts";
import { jobArchive } from "./archive.ts";
import { answerArtifact } from "./artifact-answer.ts";
import { EVENT_PLACE_HEADERS, eventPlaceQuerySchema, expectWebSocket, readEventPlace } from "./event-place.ts";
import { findJob, findJobWithFiles } from "./job-access.ts";
import { Resource } from "./operation.ts";
import { integerText } from "./request-parsing.ts";

export const jobResults = new Resource("/v1/jobs", { tag: "Results", access: "user" });

const id = { id: jobIdSchema };
const LOG_PAGE_LINES = 1_000;

jobResults.get(
  "/{id}/events",
  {
    operationId: "watchJob",
    summary: "Watch a job",
    description:
      "Server-sent events: `status`, `progress`, `log`, `artifact`, each with its number as `id`. What has happened already comes " +
      "first. The stream ends after the job does, and after five minutes; a client that comes back is sent what it has missed.",
    scope: "read",
    params: id,
    query: eventPlaceQuerySchema,
    headers: EVENT_PLACE_HEADERS,
    answers: {
      200: { description: "The events, until the job ends", contentType: "text/event-stream", schema: jobEventSchema },
    },
    problems: ["job_not_found"],
  },
  async (c, { query }) => {
    const { id } = await findJob(c);
    const after = readEventPlace(c, query.after);
    return c.env.JOBS.get(c.env.JOBS.idFromName(id)).fetch(`https://job/events?after=${after}`, {
      signal: c.req.raw.signal,
    });
  },
);

jobResults.get(
  "/{id}/ws",
  {
    operationId: "watchJobOverWebSocket",
    summary: "Watch a job over a WebSocket",
    description: "The same events as `/events`, each a JSON text message.",
    scope: "read",
    params: id,
    query: eventPlaceQuerySchema,
    answers: { 101: { description: "The WebSocket" } },
    problems: ["job_not_found"],
  },
  async (c, { query: { after } }) => {
    const { id } = await findJob(c);
    expectWebSocket(c);
    return c.env.JOBS.get(c.env.JOBS.idFromName(id)).fetch(`https://job/ws?after=${after}`, {
      headers: { Upgrade: "websocket" },
    });
  },
);

jobResults.get(
  "/{id}/logs",
  {
    operationId: "readJobLog",
    summary: "Read a job's log",
    description: `Up to ${LOG_PAGE_LINES} lines after the event \`from\`; send \`next\` of the answer for those that follow.`,
    scope: "read",
    params: id,
    query: z
      .object({
        from: integerText(z.number().int().min(0))
          .default(0)
          .meta({ description: "The number of the last line that is there already", example: 0 }),
      })
      .strict(),
    answers: { 200: { description: "Lines of the log", schema: logPageSchema } },
    problems: ["job_not_found"],
  },
  async (c, { query: { from } }) => {
    const { id } = await findJob(c);
    const events = await callJob(c.env, id, (stub) => stub.events(from, LOG_PAGE_LINES, "log"));
    const lines = events.flatMap((event) =>
      event.kind === "log" ? [{ seq: event.seq, at: event.at, ...event.data }] : [],
    );
    return c.json({ lines, next: lines.at(-1)?.seq ?? from });
  },
);

jobResults.get(
  "/{id}/archive.zip",
  {
    operationId: "downloadJob",
    summary: "Download all files of a job",
    scope: "read",
    params: id,
    answers: {
      200: { description: "The files as a zip, streamed: it has no Content-Length", contentType: "application/zip" },
    },
    problems: ["job_not_found", "job_not_finished", "gone"],
  },
  async (c) => jobArchive(await findJobWithFiles(c), c),
);

jobResults.get(
  "/{id}/artifacts/{name}",
  {
    operationId: "downloadArtifact",
    summary: "Download a file of a job",
    description: "`manifest.json`, which lists them all, is answered itself; for every other file there is a redirect.",
    scope: "read",
    params: { ...id, name: artifactNameSchema },
    answers: {
      200: { description: "The manifest", schema: manifestSchema },
      302: { description: "To a signed URL that gives the file for an hour", headers: { Location: z.string() } },
    },
    problems: ["job_not_found", "job_not_finished", "artifact_not_found", "gone"],
  },
  async (c) => answerArtifact(c, await findJobWithFiles(c)),
);
