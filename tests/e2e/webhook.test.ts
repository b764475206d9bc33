/** A webhook from end to end: the Worker in workerd, its own clock and network, a receiver on loopback; no runner is needed. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import type { DeliveryList, WebhookWithSecret } from "#contract/webhook.ts";
import { startStack } from "../../scripts/stack/stack.ts";
import { startHttpServer } from "../helpers/http-server.ts";

const headers = { "Kiln-Session": "b".repeat(32), "Content-Type": "application/json" };

async function postJson<T>(url: string, body: unknown): Promise<T> {
  return (await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json()) as T;
}

test("a receiver gets a job's end, signed so that the public package takes it", async () => {
  const receiver = await startHttpServer((_, response) => response.writeHead(202).end("noted"));
  const stateDir = await mkdtemp(join(tmpdir(), "kiln-webhook-"));
  const workerVariables = { ALLOW_PRIVATE_URLS: "true" };
  try {
    const stack = await startStack({ port: 0, stateDir, runners: 0, site: false, workerVariables });
    try {
      const webhook = await postJson<WebhookWithSecret>(`${stack.url}/v1/webhooks`, { url: receiver.url });
      const job = await postJson<Job>(`${stack.url}/v1/jobs`, { type: "echo" });
      await postJson(`${stack.url}/v1/jobs/${job.id}/cancel`, {});
      const log = async () =>
        (await (await fetch(`${stack.url}/v1/webhooks/${webhook.id}/deliveries`, { headers })).json()) as DeliveryList;
      await expect.poll(log, { timeout: 10_000 }).toMatchObject({
        deliveries: [{ state: "succeeded", tries: [{ status: 202, body: "noted" }] }],
      });
      expect(receiver.requests).toHaveLength(1);
      const { body = "", headers: sent = {} } = receiver.requests[0] ?? {};
      const payload = new Webhook(webhook.secret).verify(body, sent as Record<string, string>);
      expect(payload).toMatchObject({ type: "job.canceled", data: { id: job.id } });
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(stateDir, { recursive: true, force: true });
  }
});
