/** `worker-client.ts` against a real HTTP server: what it sends, what it tries again, what it makes of refusals. */
import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LeaseLostError } from "../../../gpu-runner/runner-api.ts";
import { WorkerClient } from "../../../gpu-runner/worker-client.ts";
import { type Handler, json, problem, startHttpServer } from "../../helpers/http-server.ts";
import { makeLease } from "../../helpers/runner-fixtures.ts";

const lease = makeLease();
const never = new AbortController().signal;
const leaseRequest = { runnerId: "r", pool: "cpu", jobTypes: ["echo"] };
const hangUp: Handler = (_, response) => response.destroy();

/** A client whose waits end at once; `waits` holds how long they would have been. */
async function setUp(...handlers: Handler[]) {
  return setUpWith({}, ...handlers);
}

async function setUpWith(options: { stallMs?: number; pieceBytes?: number }, ...handlers: Handler[]) {
  const { url, requests } = await startHttpServer(...handlers);
  const waits: number[] = [];
  const clock = { now: () => 0, sleep: async (ms: number) => void waits.push(ms) };
  return { client: new WorkerClient({ api: url, key: "kiln_runner_key", clock, ...options }), url, requests, waits };
}

async function tempFile(content: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "kiln-test-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, "file"), content);
  return join(dir, "file");
}

describe("a Worker of another version", () => {
  const parts = { stage: "depth", names: ["a", "b"], atOnce: 1, setUpMs: 0 };

  test("has its refusal told though the code is not known here", async () => {
    const { client } = await setUp(problem(426, "of_a_later_version", "Too old by far."));
    await expect(client.lease(leaseRequest)).rejects.toMatchObject({
      status: 426,
      code: null,
      message: expect.stringContaining("Too old by far"),
    });
  });

  test("that does not know parts is no lost lease; a lost lease is, and so is a job that is gone on other calls", async () => {
    const older = await setUp(problem(404, "not_found"));
    expect(await older.client.announceParts(lease, parts, never)).toBeNull();
    const lost = await setUp(problem(409, "lease_lost"));
    await expect(lost.client.announceParts(lease, parts, never)).rejects.toThrow(LeaseLostError);
    const claim = { count: 1, pool: "cpu", jobTypes: [] };
    await expect(older.client.claimParts(lease, claim, never)).rejects.toThrow(LeaseLostError);
  });

  test("is told the parts, and says what others have of them", async () => {
    const status = { ttlMs: 60_000, cancel: false, parts: { taken: [1], done: [] } };
    const { client, requests } = await setUp(json(200, status));
    expect(await client.announceParts(lease, parts, never)).toEqual(status);
    expect(requests[0]).toMatchObject({ url: `/runner/v1/jobs/${lease.jobId}/parts` });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ leaseId: lease.leaseId, ...parts });
  });
});

describe("leasing", () => {
  test("sends the key and gives back the lease", async () => {
    const { client, requests } = await setUp(json(200, lease));
    expect(await client.lease(leaseRequest)).toEqual(lease);
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "/runner/v1/lease",
      headers: { authorization: "Bearer kiln_runner_key" },
    });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual(leaseRequest);
  });

  test("204 means no work", async () => {
    const { client } = await setUp((_, response) => response.writeHead(204).end());
    expect(await client.lease(leaseRequest)).toBeNull();
  });

  test("an answer that is not as agreed is an error", async () => {
    const { client } = await setUp(json(200, { ...lease, leaseId: "short" }));
    await expect(client.lease(leaseRequest)).rejects.toThrow(/not as agreed.*lease id/s);
  });
});

describe("retries", () => {
  test("network errors, 5xx and 429 are tried again with growing waits", async () => {
    const { client, requests, waits } = await setUp(
      hangUp,
      json(503, {}),
      problem(429, "rate_limited"),
      json(200, { state: "succeeded" }),
    );
    await client.release(lease, "shutdown", never);
    expect(requests).toHaveLength(4);
    expect(waits).toHaveLength(3);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(125 * 2 ** index);
      expect(wait).toBeLessThanOrEqual(375 * 2 ** index);
    }
  });

  test.each([
    ["seconds", 429, { "retry-after": "7" }, 7_000],
    ["a date", 503, { date: "Sun, 06 Nov 1994 08:49:30 GMT", "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT" }, 7_000],
    ["very long", 503, { "retry-after": "86400" }, 20_000],
  ])("Retry-After is waited for: %s", async (_, status, headers, wait) => {
    const refuse: Handler = (_request, response) => response.writeHead(status, headers).end();
    const { client, waits } = await setUp(refuse, json(200, { state: "succeeded" }));
    await client.release(lease, "shutdown", never);
    expect(waits).toEqual([wait]);
  });

  test("a Retry-After that is over, or says nothing, shortens no wait", async () => {
    const past = { date: "Sun, 06 Nov 1994 08:49:37 GMT", "retry-after": "Sun, 06 Nov 1994 08:49:30 GMT" };
    const answers = [past, { "retry-after": "soon" }].map<Handler>(
      (headers) => (_, response) => response.writeHead(503, headers).end(),
    );
    const { client, waits } = await setUp(...answers, json(200, { state: "succeeded" }));
    await client.release(lease, "shutdown", never);
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(125);
  });

  test("other refusals are final", async () => {
    const { client, requests } = await setUp(problem(409, "artifact_missing", "model.glb"));
    await expect(client.complete(lease, {} as never, never)).rejects.toMatchObject({
      status: 409,
      code: "artifact_missing",
    });
    expect(requests).toHaveLength(1);
  });

  test("they end when the signal aborts", async () => {
    const { client, requests } = await setUp(hangUp);
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    await expect(client.release(lease, "shutdown", controller.signal)).rejects.toThrow("enough");
    expect(requests).toHaveLength(0);
  });

  test("they are bounded", async () => {
    const { client, requests } = await setUp(json(500, {}));
    await expect(client.release(lease, "shutdown", never)).rejects.toMatchObject({ status: 500 });
    expect(requests.length).toBeGreaterThan(1);
    expect(requests.length).toBeLessThan(20);
  });
});

describe("a lease that is not ours", () => {
  test.each([
    ["409 lease_lost", problem(409, "lease_lost")],
    ["404", problem(404, "job_not_found")],
    ["410", problem(410, "gone")],
  ])("%s of a call on a job means lost", async (_, answer) => {
    const { client } = await setUp(answer);
    await expect(client.extend(lease)).rejects.toBeInstanceOf(LeaseLostError);
  });

  test("a 404 of another call does not", async () => {
    const { client } = await setUp(problem(404, "not_found"));
    await expect(client.lease(leaseRequest)).rejects.toMatchObject({ name: "ApiError", status: 404 });
  });
});

describe("files", () => {
  const artifact = { name: "a.txt", bytes: 5, sha256: "0".repeat(64), contentType: "text/plain" };

  test("an artifact is put to the signed URL with its length, and without the key", async () => {
    const { client, requests } = await setUp(json(200, { url: "/files/put?sig=1" }), hangUp, json(200, {}));
    await client.putArtifact(lease, artifact, await tempFile("hello"), never);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ leaseId: lease.leaseId, ...artifact });
    expect(requests[2]).toMatchObject({ method: "PUT", url: "/files/put?sig=1", body: "hello" });
    expect(requests[2]?.headers).toMatchObject({ "content-length": "5", "content-type": "text/plain" });
    expect(requests[2]?.headers.authorization).toBeUndefined();
    expect(requests[2]?.headers["transfer-encoding"]).toBeUndefined();
  });

  test("an empty artifact is put as well", async () => {
    const { client, requests } = await setUp(json(200, { url: "/files/put" }), json(200, {}));
    await client.putArtifact(lease, { ...artifact, bytes: 0 }, await tempFile(""), never);
    expect(requests[1]).toMatchObject({ method: "PUT", body: "" });
    expect(requests[1]?.headers).toMatchObject({ "content-length": "0" });
  });

  test("a large artifact is not kept in memory while it is sent", async () => {
    const bytes = 150_000_000;
    const path = await tempFile("");
    await truncate(path, bytes);
    const atRest = process.memoryUsage().arrayBuffers;
    let [received, atEnd] = [0, Number.NaN];
    const server = createServer((request, response) => {
      request.on("data", (chunk: Buffer) => {
        if (request.method === "PUT") received += chunk.length;
      });
      request.on("end", () => {
        if (request.method === "PUT") atEnd = process.memoryUsage().arrayBuffers;
        response.end(JSON.stringify({ url: "/put/a" }));
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const artifact = { name: "a.bin", bytes, sha256: "0".repeat(64), contentType: "text/plain" };
    await new WorkerClient({ api, key: "key" }).putArtifact(lease, artifact, path, never);
    server.close();
    server.closeAllConnections();
    expect(received).toBe(bytes);
    expect(atEnd - atRest).toBeLessThan(bytes / 2);
  });

  test("a checkpoint is put as an artifact is, its content anew for every try", async () => {
    const { client, requests } = await setUp(json(200, { url: "/files/put?sig=2" }), hangUp, json(200, {}));
    const checkpoint = { name: "part-1.bin", bytes: 5, sha256: "0".repeat(64) };
    const path = await tempFile("hello");
    await client.putCheckpoint(lease, checkpoint, () => createReadStream(path), never);
    expect(requests[0]?.url).toBe(`/runner/v1/jobs/${lease.jobId}/checkpoints`);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ leaseId: lease.leaseId, ...checkpoint });
    expect(requests[2]).toMatchObject({ method: "PUT", url: "/files/put?sig=2", body: "hello" });
    expect(requests[2]?.headers).toMatchObject({ "content-length": "5" });
  });

  test("a checkpoint's file stays its owner's to close, when it is put and when a try is given up", async () => {
    const target = json(200, { url: "/put/c" });
    const hangs: Handler = () => {};
    const { client } = await setUpWith({ stallMs: 100 }, target, hangs, json(200, {}));
    const file = await open(await tempFile("hello"));
    const content = () => createReadStream("", { fd: file.fd, start: 0, autoClose: false });
    await client.putCheckpoint(lease, { name: "c", bytes: 5, sha256: "0".repeat(64) }, content, never);
    expect((await file.read(Buffer.alloc(5), 0, 5, 0)).bytesRead).toBe(5);
    await file.close();
  });

  test("checkpoints are listed for the lease", async () => {
    const checkpoints = [{ name: "a.bin", bytes: 1, sha256: "0".repeat(64), url: "/files/a" }];
    const { client, requests } = await setUp(json(200, { checkpoints }));
    expect(await client.listCheckpoints(lease, never)).toEqual(checkpoints);
    expect(requests[0]?.url).toBe(`/runner/v1/jobs/${lease.jobId}/checkpoints/list`);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ leaseId: lease.leaseId });
  });

  test("a download is written to the file, again after a broken connection", async () => {
    const cut: Handler = (_, response) => {
      response.writeHead(200, { "content-length": "5" });
      response.write("he", () => response.destroy());
    };
    const { client, url, requests } = await setUp(cut, (_, response) => response.end("hello"));
    const path = await tempFile("");
    await client.download(`${url}/in`, path, 5, never);
    expect(await readFile(path, "utf8")).toBe("hello");
    expect(requests).toHaveLength(2);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test("a large download comes in pieces, and one that breaks off costs that piece only", async () => {
    const ranges: (string | undefined)[] = [];
    const piece: Handler = (request, response) => {
      ranges.push(request.headers.range);
      const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
      if (ranges.length === 2) return void response.writeHead(206).write("l", () => response.destroy());
      response.writeHead(206).end("hello world!".slice(Number(from), Number(to) + 1));
    };
    const { client, url } = await setUpWith({ pieceBytes: 5 }, piece, piece, piece, piece);
    const path = await tempFile("what was there before");
    await client.download(`${url}/in`, path, 12, never);
    expect(await readFile(path, "utf8")).toBe("hello world!");
    expect(ranges).toEqual(["bytes=0-4", "bytes=5-9", "bytes=5-9", "bytes=10-11"]);
  });

  test("a server that sends the whole file for a piece of it is not believed", async () => {
    const { client, url, requests } = await setUpWith({ pieceBytes: 3 }, (_, response) => void response.end("hello"));
    await expect(client.download(`${url}/in`, await tempFile(""), 5, never)).rejects.toThrow("is not the range");
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["shorter", "hell"],
    ["longer", "hello!"],
  ])("a download that is %s than agreed is refused", async (_, content) => {
    const { client, url } = await setUp((_request, response) => response.end(content));
    await expect(client.download(`${url}/in`, await tempFile(""), 5, never)).rejects.toMatchObject({
      name: "ApiError",
      status: null,
    });
  });

  test("a download that is refused is final", async () => {
    const { client, url, requests } = await setUp(problem(403, "signature_invalid"));
    await expect(client.download(`${url}/in`, await tempFile(""), 5, never)).rejects.toMatchObject({
      status: 403,
      code: "signature_invalid",
    });
    expect(requests).toHaveLength(1);
  });

  test("an upload that the server hangs over is tried again, long before its time is up", async () => {
    const target = json(200, { url: "/put/a" });
    const hangs: Handler = () => {};
    const { client, requests } = await setUpWith({ stallMs: 100 }, target, hangs, json(200, {}));
    const path = await tempFile("hello");
    const artifact = { name: "a.txt", bytes: 5, sha256: "0".repeat(64), contentType: "text/plain" };
    await client.putArtifact(lease, artifact, path, never);
    expect(requests.map(({ method, body }) => `${method} ${method === "PUT" ? body : ""}`)).toEqual([
      "POST ",
      "PUT hello",
      "PUT hello",
    ]);
  });

  test("a download in which nothing moves any more is tried again", async () => {
    const stops: Handler = (_, response) => void response.writeHead(200, { "content-length": "5" }).write("he");
    const whole: Handler = (_, response) => void response.end("hello");
    const { client, url } = await setUpWith({ stallMs: 100 }, stops, whole);
    const path = await tempFile("");
    await client.download(`${url}/file`, path, 5, never);
    expect(await readFile(path, "utf8")).toBe("hello");
  });

  test("a download that the disk does not take is not tried again", async () => {
    const { client, url, requests } = await setUp((_, response) => void response.end("hello"));
    // The kernel's own full disk.
    await expect(client.download(`${url}/file`, "/dev/full", 5, never)).rejects.toMatchObject({ code: "ENOSPC" });
    expect(requests).toHaveLength(1);
  });
});

describe("heartbeats", () => {
  test("one that hangs is given up in time for the next one", async () => {
    const hangs: Handler = () => {};
    const { client, requests } = await setUp(hangs, json(200, { ttlMs: 400, cancel: false }));
    expect(await client.extend({ ...lease, heartbeatMs: 100 })).toEqual({ ttlMs: 400, cancel: false });
    expect(requests).toHaveLength(2);
  });
});
