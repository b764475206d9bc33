/** Where each declared call is aimed at when it is tried on somebody's things. A new call must be given an aim here. */
import { resources } from "../../worker/app.ts";
import type { Operation } from "../../worker/routes/operation.ts";
import type { OwnedThings } from "./owned-things.ts";
import { call } from "./worker-api.ts";

type Headers = Record<string, string>;

/** Every declared call. */
export const operations = resources.flatMap((resource) => resource.operations);
export const named = new Map(operations.map((operation) => [operation.operationId, operation]));

/** The things under attack, and a job of nobody's, which everybody may use who knows its id. */
export type Target = OwnedThings & { readonly nobodysJob: string };

/** How a call is aimed. `others`: what it is to callers who may make it for themselves. Default: nothing, they are refused. */
export interface Aim {
  readonly path: string;
  readonly body?: unknown;
  readonly others?: "their own";
}

const LEASE = "3f9a6b1c0d2e4f58796a8b7c6d5e4f30";

/** Where each call is aimed at, by the name of the operation. Where there is no body, the first declared example is sent. */
export const AIMS: Readonly<Record<string, (at: Target) => Aim | readonly Aim[]>> = {
  ...pathOnly(
    ["createUpload", "listJobs", "listBatches", "listPresets", "readUsage", "listWebhooks", "listKeys", "readCaller"],
    "their own",
  ),
  ...pathOnly(["createWebhook", "createKey"], "their own"),
  readUpload: ({ upload }) => ({ path: `/v1/uploads/${upload}` }),
  completeUpload: ({ upload }) => ({ path: `/v1/uploads/${upload}/complete` }),
  abortUpload: ({ upload }) => ({ path: `/v1/uploads/${upload}` }),
  beginFormUpload: () => ({
    path: "/s3/params?filename=a.txt&type=text%2Fplain&metadata[bytes]=1",
    others: "their own",
  }),
  beginMultipartUpload: () => ({ path: "/s3/multipart", body: { filename: "a", type: "a/b" }, others: "their own" }),
  listUploadedParts: ({ openUpload: id }) => ({ path: `/s3/multipart/${id}?key=${id}` }),
  signUploadPart: ({ openUpload: id }) => ({ path: `/s3/multipart/${id}/1?key=${id}` }),
  completeMultipartUpload: ({ openUpload: id }) => ({
    path: `/s3/multipart/${id}/complete?key=${id}`,
    body: { parts: [{ PartNumber: 1, ETag: '"e"' }] },
  }),
  abortMultipartUpload: ({ openUpload: id }) => ({ path: `/s3/multipart/${id}?key=${id}` }),

  submitJob: (at) => sourcesOf(at).map((input) => ({ path: "/v1/jobs", body: { type: "echo", inputs: [input] } })),
  retryJobs: () => ({ path: "/v1/jobs/retry", body: { state: "canceled" }, others: "their own" }),
  cancelJobs: () => ({ path: "/v1/jobs/cancel", body: {}, others: "their own" }),
  putJob: (at) =>
    sourcesOf(at).map((input, n) => ({ path: `/v1/jobs/order-${n}`, body: { type: "echo", inputs: [input] } })),
  readJob: ({ queuedJob }) => ({ path: `/v1/jobs/${queuedJob}` }),
  cancelJob: ({ queuedJob }) => ({ path: `/v1/jobs/${queuedJob}/cancel` }),
  retryJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/retry` }),
  rerunJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/rerun`, body: { params: { text: "theirs" } } }),
  deleteJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}` }),
  watchJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/events` }),
  watchJobOverWebSocket: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/ws` }),
  readJobLog: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/logs` }),
  downloadJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/archive.zip` }),
  downloadArtifact: ({ finishedJob }) =>
    ["echo.txt", "manifest.json"].map((name) => ({ path: `/v1/jobs/${finishedJob}/artifacts/${name}` })),
  listJobVersions: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/versions` }),
  compareJobs: ({ finishedJob, nobodysJob }) => [
    { path: `/v1/jobs/${finishedJob}/compare?with=${nobodysJob}` },
    { path: `/v1/jobs/${nobodysJob}/compare?with=${finishedJob}` },
  ],
  pinJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/pin` }),
  unpinJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/pin` }),
  run: () => ({ path: "/v1/run/echo?wait=0", body: formOf({ text: "theirs" }), others: "their own" }),
  shareJob: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/shares`, body: {} }),
  listShares: ({ finishedJob }) => ({ path: `/v1/jobs/${finishedJob}/shares` }),
  revokeShare: ({ finishedJob, share }) => ({ path: `/v1/jobs/${finishedJob}/shares/${share.id}` }),

  submitBatch: (at) =>
    sourcesOf(at).map((input) => ({ path: "/v1/batches", body: { jobs: [{ type: "echo", inputs: [input] }] } })),
  readBatch: ({ batch }) => ({ path: `/v1/batches/${batch}` }),
  listBatchJobs: ({ batch }) => ({ path: `/v1/batches/${batch}/jobs` }),
  watchBatch: ({ batch }) => ({ path: `/v1/batches/${batch}/events` }),
  watchBatchOverWebSocket: ({ batch }) => ({ path: `/v1/batches/${batch}/ws` }),
  cancelBatch: ({ batch }) => ({ path: `/v1/batches/${batch}/cancel` }),
  downloadBatch: ({ batch }) => ({ path: `/v1/batches/${batch}/archive.zip` }),

  readPreset: ({ preset }) => ({ path: `/v1/presets/echo/${preset}` }),
  putPreset: ({ preset }) => ({
    path: `/v1/presets/echo/${preset}`,
    body: { params: { text: "theirs" } },
    others: "their own",
  }),
  deletePreset: ({ preset }) => ({ path: `/v1/presets/echo/${preset}`, others: "their own" }),

  readWebhook: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}` }),
  updateWebhook: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}`, body: { enabled: false } }),
  deleteWebhook: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}` }),
  rotateWebhookSecret: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}/rotate-secret` }),
  testWebhook: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}/test` }),
  listDeliveries: ({ webhook }) => ({ path: `/v1/webhooks/${webhook}/deliveries` }),
  replayDelivery: ({ webhook, delivery }) => ({ path: `/v1/webhooks/${webhook}/deliveries/${delivery}/replay` }),

  readKey: ({ key }) => ({ path: `/v1/keys/${key}` }),
  renameKey: ({ key }) => ({ path: `/v1/keys/${key}`, body: { name: "Theirs" } }),
  revokeKey: ({ key }) => ({ path: `/v1/keys/${key}` }),

  ...pathOnly(["registerRunner", "leaseJob"]),
  listenForWork: () => ({ path: "/runner/v1/pools/cpu/doorbell?runnerId=runner-1" }),
  ...ofLeasedJob(["extend", "progress", "logs", "artifacts", "checkpoints", "checkpoints/list", "inputs", "parts"]),
  ...ofLeasedJob(["parts/claim", "complete", "fail", "release"]),

  ...pathOnly([
    "readCacheCounts",
    "auditStorage",
    "deleteOrphans",
    "reindexJobs",
    "runSweep",
    "createAnyKey",
    "listAllKeys",
  ]),
  readPool: () => ({ path: "/admin/v1/pools/cpu" }),
  updatePool: () => ({ path: "/admin/v1/pools/cpu" }),
  readAnyKey: ({ key }) => ({ path: `/admin/v1/keys/${key}` }),
  updateAnyKey: ({ key }) => ({ path: `/admin/v1/keys/${key}` }),
  revokeAnyKey: ({ key }) => ({ path: `/admin/v1/keys/${key}` }),
};

/** Calls that anybody may make, because they hold nothing of anybody, or because the address itself is the secret. */
export const OPEN: Readonly<Record<string, (at: Target) => Aim>> = {
  ...pathOnly(
    ["listJobTypes", "readHealth", "isLive", "isReady", "readApiHealth", "isApiLive", "isApiReady"],
    "their own",
  ),
  readJobType: () => ({ path: "/v1/job-types/echo", others: "their own" }),
  readOpenApi: () => ({ path: "/openapi.json", others: "their own" }),
  readSharedJob: ({ share }) => ({ path: `/v1/shares/${forged(share.token)}` }),
  downloadSharedArtifact: ({ share }) => ({ path: `/v1/shares/${forged(share.token)}/artifacts/echo.txt` }),
  downloadFile: ({ upload }) => ({ path: `/files/uploads/${upload}` }),
  sendFile: ({ upload }) => ({ path: `/files/uploads/${upload}?bytes=4`, body: "evil" }),
  sendForm: ({ upload }) => ({ path: "/files/uploads", body: formOf({ key: upload }) }),
};

function pathOnly(names: readonly string[], others?: "their own"): Record<string, () => Aim> {
  return Object.fromEntries(
    names.map((name) => [name, () => ({ path: named.get(name)?.path ?? "", ...(others && { others }) })]),
  );
}

/** A runner's calls about a job, by the end of their path. */
function ofLeasedJob(ends: readonly string[]): Record<string, (at: Target) => Aim> {
  const found = ends.map((end) => operations.find(({ path }) => path === `/runner/v1/jobs/{id}/${end}`));
  return Object.fromEntries(
    found.map((operation) => [
      operation?.operationId ?? "",
      ({ queuedJob }: Target) => ({ path: operation?.path.replace("{id}", queuedJob) ?? "" }),
    ]),
  );
}

/** Their files as inputs of a job of one's own. */
function sourcesOf({ upload, finishedJob }: Target) {
  return [{ upload }, { job: finishedJob, artifact: "echo.txt" }];
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

/** The token with another signature. */
function forged(token: string): string {
  return `${token.slice(0, -43)}${"A".repeat(43)}`;
}

/** The aims of a call; none when it has not been given one. */
export function aimsOf({ operationId }: Operation, at: Target): readonly Aim[] {
  return [(AIMS[operationId] ?? OPEN[operationId])?.(at) ?? []].flat();
}

/** Calls that ask for a WebSocket. */
export const SOCKETS = /OverWebSocket$|^listenForWork$/;

/** One call of the matrix. A WebSocket that is given is hung up at once. */
export async function fire(
  { method, operationId, body: schema, examples }: Operation,
  aim: Aim,
  headers: Headers,
): Promise<Response> {
  const sent = aim.body ?? (schema ? (Object.values(examples ?? {})[0] ?? { leaseId: LEASE }) : undefined);
  const isRaw = sent === undefined || typeof sent === "string" || sent instanceof FormData;
  const response = await call(aim.path, {
    method: method.toUpperCase(),
    redirect: "manual",
    body: isRaw ? (sent as string) : JSON.stringify(sent),
    headers: {
      ...(isRaw ? {} : { "Content-Type": "application/json" }),
      ...(SOCKETS.test(operationId) ? { Upgrade: "websocket" } : {}),
      ...headers,
    },
  });
  response.webSocket?.accept();
  response.webSocket?.close();
  return response;
}
