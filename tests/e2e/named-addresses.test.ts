/**
 * What goes to, and comes from, addresses that users name, and one-shot calls, from end to end: the Worker in workerd with its
 * own clock and network, a real runner, a server on loopback.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Job } from "#contract/job.ts";
import type { JobList } from "#contract/public-api.ts";
import type { DeliveryList, WebhookWithSecret } from "#contract/webhook.ts";
import { type Stack, startStack } from "../../scripts/stack/stack.ts";
import { startHttpServer } from "../helpers/http-server.ts";

const session = { "Kiln-Session": "b".repeat(32) };
const headers = { ...session, "Content-Type": "application/json" };

let stateDir: string;
let stack: Stack;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "kiln-addresses-"));
  const workerVariables = { ALLOW_PRIVATE_URLS: "true" };
  stack = await startStack({ port: 0, stateDir, runners: 0, site: false, workerVariables });
});

afterAll(async () => {
  await stack?.stop();
  await rm(stateDir, { recursive: true, force: true });
});

async function postJson<T>(url: string, body: unknown): Promise<T> {
  return (await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json()) as T;
}

function run(query: string, fields: Record<string, string | Blob>): Promise<Response> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  return fetch(`${stack.url}/v1/run/echo${query}`, { method: "POST", headers: session, body });
}

test("a receiver gets a job's end, signed so that the public package takes it", async () => {
  const receiver = await startHttpServer((_, response) => response.writeHead(202).end("noted"));
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
  await fetch(`${stack.url}/v1/webhooks/${webhook.id}`, { method: "DELETE", headers });
});

test("a one-shot call whose connection is reset cancels its job", async () => {
  const { host, port } = new URL(stack.url);
  const form = '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\ngone\r\n--x--\r\n';
  const head = [
    "POST /v1/run/echo?wait=60 HTTP/1.1",
    `Host: ${host}`,
    `Kiln-Session: ${session["Kiln-Session"]}`,
    "Content-Type: multipart/form-data; boundary=x",
    `Content-Length: ${form.length}`,
  ];
  const socket = connect(Number(port), "127.0.0.1");
  socket.write(`${head.join("\r\n")}\r\n\r\n${form}`);
  const newest = async () => {
    const { jobs } = (await (await fetch(`${stack.url}/v1/jobs?limit=1`, { headers })).json()) as JobList;
    return jobs[0]?.state;
  };
  await expect.poll(newest, { interval: 50 }).toBe("queued");
  socket.resetAndDestroy();
  await expect.poll(newest, { interval: 50 }).toBe("canceled");
});

test("files of a form and of an address come out of a real runner in one call; one that is not there is named", async () => {
  const server = await startHttpServer((request, response) => {
    if (request.url === "/moved") response.writeHead(302, { location: "/photo.bin" }).end();
    else if (request.url === "/photo.bin") response.writeHead(200).end("from afar");
    else response.writeHead(404).end("secret words");
  });
  stack.addRunner({ KILN_JOB_TYPES: "echo", KILN_ALLOW_PRIVATE_URLS: "1" });
  const text = await run("?wait=60", { file: new File(["near"], "near.txt"), text: "hello" });
  expect([text.status, await text.text()]).toEqual([200, "hello"]);
  const fetched = await run("?wait=60&output=input-1.bin", { url: `${server.url}/moved`, text: "x" });
  expect([fetched.status, await fetched.text()]).toEqual([200, "from afar"]);
  const missing = await run("?wait=60", { url: `${server.url}/gone`, text: "x" });
  expect(missing.status).toBe(422);
  const problem = await missing.text();
  expect(JSON.parse(problem)).toMatchObject({ code: "input_unreachable", retryable: false });
  expect(problem).not.toContain("secret words");
});
