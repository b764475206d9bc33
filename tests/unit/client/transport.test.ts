/** Credentials, retries and errors of the client's requests. */
import { describe, expect, test } from "vitest";
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import { Transport } from "#client/transport.ts";
import { FakeFetch, fakeSleep, problem } from "../../helpers/fake-fetch.ts";

const API = "http://kiln.test";
const refused = () => new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } });
const ok = () => Response.json({ ok: true });

function transport(fake: FakeFetch, more: { key?: string; session?: string } = {}) {
  const clock = fakeSleep();
  return { clock, client: new Transport({ api: `${API}/`, fetch: fake.fetch, sleep: clock.sleep, ...more }) };
}

describe("requests", () => {
  test("carry the key as a Bearer token and the session of an anonymous visitor", async () => {
    const fake = new FakeFetch(ok());
    await transport(fake, { key: "k".repeat(32), session: "ab".repeat(16) }).client.request("/v1/jobs");
    expect(fake.sent[0]?.url).toBe("http://kiln.test/v1/jobs");
    expect(fake.sent[0]?.headers.get("authorization")).toBe(`Bearer ${"k".repeat(32)}`);
    expect(fake.sent[0]?.headers.get("kiln-session")).toBe("ab".repeat(16));
  });

  test("to signed URLs carry no credentials", async () => {
    const fake = new FakeFetch(ok());
    await transport(fake, { key: "secret".repeat(8) }).client.send("http://files.test/x?sig=1", { method: "PUT" });
    expect([...(fake.sent[0]?.headers.keys() ?? [])].filter((name) => name !== "content-type")).toEqual([]);
  });

  test("carry the caller's own headers to the server, signed URLs of it included, and to no other", async () => {
    const fake = new FakeFetch(ok());
    const headers = { "CF-Access-Client-Id": "me" };
    const client = new Transport({ api: API, fetch: fake.fetch, headers });
    await client.request("/v1/jobs");
    await client.send(`${API}/files/x?sig=1`, { method: "PUT", body: new Blob(["x"]) });
    await client.send("http://kiln.test.evil.test/x");
    expect(fake.sent.map((request) => request.headers.get("cf-access-client-id"))).toEqual(["me", "me", null]);
  });

  test("whose answer does not begin in time are tried again, as often as is asked for", async () => {
    const never: typeof fetch = (_url, init) =>
      new Promise((_, reject) => {
        init?.signal?.throwIfAborted();
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    const { sleep, waits } = fakeSleep();
    const client = new Transport({ api: API, fetch: never, sleep, timeoutMs: 1, maxRetries: 2 });
    await expect(client.request("/health")).rejects.toThrow("Cannot reach http://kiln.test: no answer within 0.001 s");
    expect(waits).toHaveLength(2);
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(client.request("/health", { signal: stop })).rejects.toThrow("enough");
  });

  test("end with the reason of an abort though the platform forgets who reads the body", async () => {
    const stop = new AbortController();
    const forgetful = new Response(new ReadableStream({ start: () => undefined }));
    const client = new Transport({ api: API, fetch: async () => forgetful });
    const answer = client.json("/v1/jobs", { signal: stop.signal });
    setImmediate(() => stop.abort(new Error("enough")));
    await expect(answer).rejects.toThrow("enough");
  });

  test("with a key that can't be one are refused without a word of it", () => {
    const make = () => new Transport({ api: API, key: "kiln_live_one\nkiln_live_two" });
    expect(make).toThrow(/API key holds/);
    expect(make).not.toThrow(/kiln_live/);
  });

  test("are refused before they are sent when the address is not one of a server", () => {
    expect(() => new Transport({ api: "localhost:8787" })).toThrow(/not the address of a server/);
  });
});

describe("retries", () => {
  test("a lost connection is tried again, later each time", async () => {
    const fake = new FakeFetch(refused(), refused(), ok());
    const { client, clock } = transport(fake);
    await client.request("/health");
    expect(fake.sent).toHaveLength(3);
    expect(clock.waits).toHaveLength(2);
    expect(clock.waits[1]).toBeGreaterThan(clock.waits[0] as number);
  });

  test("the server's Retry-After is kept", async () => {
    const fake = new FakeFetch(problem("rate_limited", 429, true, { "Retry-After": "3" }), ok());
    const { client, clock } = transport(fake);
    await client.request("/v1/jobs");
    expect(clock.waits).toEqual([3_000]);
  });

  test("end after five tries with an error that names the server and the reason", async () => {
    const fake = new FakeFetch(refused());
    const error = await transport(fake)
      .client.request("/health")
      .catch((caught: unknown) => caught);
    expect(fake.sent).toHaveLength(5);
    expect(error).toBeInstanceOf(KilnUnreachableError);
    expect((error as Error).message).toBe("Cannot reach http://kiln.test: ECONNREFUSED");
  });

  test("a POST is not repeated unless it says that it may be", async () => {
    const fake = new FakeFetch(refused(), ok());
    await expect(transport(fake).client.request("/v1/jobs", { method: "POST", json: {} })).rejects.toThrow(
      "ECONNREFUSED",
    );
    expect(fake.sent).toHaveLength(1);
    const again = new FakeFetch(refused(), ok());
    await transport(again).client.request("/v1/uploads", { method: "POST", json: {}, repeatable: true });
    expect(again.sent).toHaveLength(2);
  });

  test("a problem that is not retryable is not retried, and comes as it was told", async () => {
    const fake = new FakeFetch(problem("job_not_found", 404, false));
    const error = await transport(fake)
      .client.request("/v1/jobs/x")
      .catch((caught: unknown) => caught);
    expect(fake.sent).toHaveLength(1);
    expect(error).toBeInstanceOf(KilnError);
    expect((error as KilnError).code).toBe("job_not_found");
    expect((error as KilnError).message).toBe("It is job_not_found.");
  });

  test("an answer that is no problem document is told by its status", async () => {
    const fake = new FakeFetch(new Response("<h1>Bad gateway</h1>", { status: 502, statusText: "Bad Gateway" }));
    const error = await transport(fake)
      .client.request("/health")
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(KilnUnreachableError);
    expect((error as Error).message).toContain("502 Bad Gateway");
  });

  test("an abort ends the request with the signal's reason, without another try", async () => {
    const fake = new FakeFetch(refused());
    const reason = new Error("stop");
    await expect(transport(fake).client.request("/health", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(fake.sent).toHaveLength(0);
  });
});
