/**
 * As much of Kiln's public API as the CLI talks to, on loopback, for one job whose end the test decides. The real Worker
 * is tested elsewhere; this one can be made to fail in ways the real one should not.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { Job, JobState } from "#contract/job.ts";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";

const UPLOAD_ID = "upl_00000000000000000000000000";
const JOB_ID = "job_00000000000000000000000000";

export interface FakeKilnServer {
  readonly url: string;
  /** `METHOD /path` of every request. */
  readonly seen: string[];
  /** Credentials of every request under `/v1`. */
  readonly callers: { readonly key: string | undefined; readonly session: string | undefined }[];
  /** The body of `POST /v1/jobs`, or of the rerun of a job. */
  created(): Record<string, unknown>;
}

export interface FakeJob {
  /** How the job ends; "running" = never. */
  readonly state: JobState;
  /** Of a job that is there before any is submitted. */
  readonly type?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly error?: Job["error"];
  readonly files?: Readonly<Record<string, string>>;
  /** What the manifest reports of the result. */
  readonly report?: Readonly<Record<string, unknown>>;
  /** What is sent instead of a file's content. */
  readonly damaged?: string;
  /** Where it stands in line; it is queued when it is submitted. */
  readonly queue?: Job["queue"];
  readonly logs?: readonly string[];
  /** Told of every request before it is answered, as `METHOD /path`. */
  readonly onCall?: (call: string) => void;
  /** Answers of other calls, by `METHOD /path`. */
  readonly answers?: Readonly<Record<string, unknown>>;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

function jobView(job: FakeJob, body: Record<string, unknown>): Record<string, unknown> {
  const artifacts = Object.entries(job.files ?? {}).map(([name, text]) => ({
    name,
    bytes: text.length,
    sha256: sha256(text),
    contentType: "text/plain",
  }));
  const { report = {} } = job;
  const manifest = { params: body.params, artifacts, report, warnings: ["A warning for the user."], timings: [] };
  return {
    id: JOB_ID,
    type: body.type,
    state: job.state,
    seq: 2,
    error: job.error ?? null,
    manifest: job.state === "succeeded" ? manifest : null,
  };
}

/** Starts the server; it is stopped when the test has finished. */
export async function startFakeKiln(job: FakeJob): Promise<FakeKilnServer> {
  const seen: string[] = [];
  const callers: FakeKilnServer["callers"] = [];
  let created: Record<string, unknown> = {};
  const asked = () => ({ type: job.type, params: job.params ?? {}, ...created });
  let url = "";
  const json = (response: ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

  const upload = (state: string) => {
    const target = { partNumber: 1, bytes: 6, url: `${url}/files/upload` };
    return { id: UPLOAD_ID, state, mode: "single", bytes: 6, partBytes: 6, partCount: 1, parts: [], targets: [target] };
  };
  const events = (response: ServerResponse) => {
    const progress = { stage: "build", stageIndex: 1, stageCount: 5, percent: 40, etaS: null };
    const list = [
      { seq: 1, at: 0, kind: "progress", data: progress },
      {
        seq: 2,
        at: 0,
        kind: "status",
        data: { state: job.state, attempt: 1, error: job.error ?? null, notBefore: null },
      },
    ];
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of list.slice(0, job.state === "running" ? 1 : 2)) {
      response.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
    }
    if (job.state !== "running") response.end();
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    const call = `${request.method} ${path}`;
    seen.push(call);
    job.onCall?.(call);
    if (path.startsWith("/v1/")) {
      const key = request.headers.authorization?.replace("Bearer ", "");
      callers.push({ key, session: request.headers["kiln-session"] as string | undefined });
    }
    const body = (await buffer(request)).toString();
    if (Object.hasOwn(job.answers ?? {}, call)) return json(response, 200, job.answers?.[call]);
    if (call === "GET /v1/job-types")
      return json(response, 200, { jobTypes: JOB_TYPES.map((type) => describeJobType(type)) });
    if (call === "POST /v1/uploads") return json(response, 201, upload("pending"));
    if (call === "PUT /files/upload") return response.writeHead(200).end();
    if (call === `POST /v1/uploads/${UPLOAD_ID}/complete`) return json(response, 200, upload("complete"));
    if (call === "POST /v1/jobs") {
      created = JSON.parse(body) as Record<string, unknown>;
      return json(response, 202, jobView({ ...job, state: "queued" }, created));
    }
    if (call === `POST /v1/jobs/${JOB_ID}/rerun`) {
      created = JSON.parse(body) as Record<string, unknown>;
      return json(response, 202, jobView({ ...job, state: "queued" }, asked()));
    }
    if (call === `PUT /v1/jobs/${JOB_ID}/pin`) return json(response, 200, { id: JOB_ID, pinned: true });
    if (call === `GET /v1/jobs/${JOB_ID}`) {
      // The first look finds it where it stands in line, all others at its end.
      const first = seen.filter((one) => one === call).length === 1;
      if (job.queue && first)
        return json(response, 200, { ...jobView({ ...job, state: "queued" }, asked()), queue: job.queue });
      return json(response, 200, jobView(job, asked()));
    }
    if (call === `GET /v1/jobs/${JOB_ID}/logs`) {
      const from = Number(new URL(request.url ?? "/", "http://x").searchParams.get("from") ?? 0);
      const all = (job.logs ?? []).map((line, i) => ({ seq: i + 1, at: 0, attempt: 1, line }));
      // Two lines a page, so that there are several.
      const lines = all.filter(({ seq }) => seq > from).slice(0, 2);
      return json(response, 200, { lines, next: lines.at(-1)?.seq ?? from });
    }
    if (call === `GET /v1/jobs/${JOB_ID}/events`) return events(response);
    if (call === `POST /v1/jobs/${JOB_ID}/cancel`)
      return json(response, 200, jobView({ ...job, state: "canceled" }, created));
    const name = path.split("/artifacts/")[1];
    if (name === "manifest.json") return json(response, 200, { artifacts: [] });
    if (name !== undefined && job.files?.[name] !== undefined) return response.end(job.damaged ?? job.files[name]);
    return json(response, 404, {});
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url, seen, callers, created: () => created };
}
