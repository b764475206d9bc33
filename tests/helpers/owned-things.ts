/** One of everything that an owner can have, and what the owner sees of it. */
import { expect } from "vitest";
import type { ApiKeyWithSecret } from "#contract/access.ts";
import type { Batch } from "#contract/batch.ts";
import type { Job } from "#contract/job.ts";
import type { Share } from "#contract/share.ts";
import type { Upload } from "#contract/upload.ts";
import type { Delivery, WebhookWithSecret } from "#contract/webhook.ts";
import { call, finishEcho, lease, post, settleWork, uploadText } from "./worker-api.ts";

type Headers = Record<string, string>;

/** What an owner has. Keys and presets only accounts have: for others the names are those of nothing. */
export interface OwnedThings {
  /** Finished, with a file; and waiting in line. */
  readonly finishedJob: string;
  readonly queuedJob: string;
  /** Complete; and begun in parts. */
  readonly upload: string;
  readonly openUpload: string;
  readonly batch: string;
  readonly share: Share;
  readonly webhook: string;
  readonly delivery: string;
  readonly key: string;
  readonly preset: string;
}

/** Makes them, as the caller with these headers. Webhooks must reach a receiver that the test plays. */
export async function makeThings(owner: Headers, { mayHaveKeys }: { mayHaveKeys: boolean }): Promise<OwnedThings> {
  const made = async <T>(path: string, body: unknown): Promise<T> => {
    const response = await post(path, body, owner);
    expect(response.status, path).toBeLessThan(300);
    return (await response.json()) as T;
  };
  const upload = await uploadText("mine", owner);
  const body = { type: "echo", inputs: [{ upload: upload.id }], policy: { cache: false } };
  const finished = await made<Job>("/v1/jobs", body);
  const held = await lease();
  if (held?.jobId !== finished.id) throw new Error("the job was not leased");
  expect((await finishEcho(held, "the result")).status).toBe(200);
  const queued = await made<Job>("/v1/jobs", body);
  const openUpload = await made<{ uploadId: string }>("/s3/multipart", {
    filename: "big.zip",
    type: "application/zip",
  });
  const batch = await made<Batch>("/v1/batches", { jobs: [{ type: "echo" }, { type: "echo" }] });
  const share = await made<Share>(`/v1/jobs/${finished.id}/shares`, {});
  const webhook = await made<WebhookWithSecret>("/v1/webhooks", { url: "https://hooks.example.com/mine" });
  const delivery = await made<Delivery>(`/v1/webhooks/${webhook.id}/test`, {});
  const key = mayHaveKeys ? (await made<ApiKeyWithSecret>("/v1/keys", { name: "Second" })).id : `key_${"0".repeat(26)}`;
  if (mayHaveKeys) await makePreset(owner);
  await settleWork();
  return {
    ...{
      finishedJob: finished.id,
      queuedJob: queued.id,
      upload: (upload as Upload).id,
      openUpload: openUpload.uploadId,
    },
    ...{ batch: batch.id, share, webhook: webhook.id, delivery: delivery.id, key, preset: "mine" },
  };
}

async function makePreset(owner: Headers): Promise<void> {
  const { status } = await call("/v1/presets/echo/mine", {
    method: "PUT",
    body: JSON.stringify({ params: { text: "mine" } }),
    headers: { ...owner, "Content-Type": "application/json" },
  });
  expect(status).toBeLessThan(300);
}

/** All that the owner can read of them. Equal texts: nothing has changed. */
export async function lookAt(things: OwnedThings, owner: Headers, { mayHaveKeys }: { mayHaveKeys: boolean }) {
  const { finishedJob, queuedJob, upload, openUpload, batch, webhook } = things;
  const paths = [
    ...["/v1/jobs?limit=100", `/v1/jobs/${finishedJob}`, `/v1/jobs/${queuedJob}`, `/v1/jobs/${finishedJob}/shares`],
    ...[`/v1/jobs/${finishedJob}/logs`, `/v1/jobs/${queuedJob}/versions`, `/v1/jobs/${finishedJob}/versions`],
    ...[`/v1/uploads/${upload}`, `/v1/uploads/${openUpload}`, "/v1/batches", `/v1/batches/${batch}`],
    ...[`/v1/batches/${batch}/jobs`, "/v1/webhooks", `/v1/webhooks/${webhook}/deliveries`],
    ...(mayHaveKeys ? ["/v1/keys?limit=100", "/v1/presets"] : []),
  ];
  const seen: Record<string, unknown> = {};
  for (const path of paths) {
    const response = await call(path, { headers: owner });
    expect(response.status, path).toBe(200);
    seen[path] = steady(await response.json());
  }
  return seen;
}

/** All the names by which somebody could know them. */
export function namesOf({ share, preset: _none, delivery: _number, ...ids }: OwnedThings): string[] {
  return [...Object.values(ids), share.id, share.token];
}

/** But for what others may change: looking uses the key, and their jobs come into line before and after one's own. */
function steady(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, inner: unknown) => (["lastUsedAt", "queue"].includes(name) ? null : inner)),
  );
}
