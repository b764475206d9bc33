/** `fetch-url.ts` against real servers on loopback: what it brings, and all that it does not let happen. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FetchOptions, fetchUrl } from "../../../../gpu-runner/attempt/fetch-url.ts";
import { addressRules, checkedLookup, type Resolve } from "../../../../gpu-runner/attempt/public-lookup.ts";
import { type Handler, startHttpServer } from "../../../helpers/http-server.ts";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-test-"));
  path = join(dir, "file");
});
afterEach(() => rm(dir, { recursive: true }));

const LAX = addressRules(true);
const STRICT = addressRules(false);
const SHORT = { answerMs: 60, idleMs: 60, totalMs: 5_000 };

function get(url: string, options: Partial<FetchOptions> = {}) {
  return fetchUrl(url, path, { maxBytes: 1_000, signal: new AbortController().signal, rules: LAX, ...options });
}

const answer =
  (status: number, body: string | Buffer = "", headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);
const redirect = (location: string): Handler => answer(302, "elsewhere", { location });

describe("a fetch", () => {
  it("brings the file with its length and hash, and sends no more than it must", async () => {
    const { url, requests } = await startHttpServer(answer(200, "hello", { "content-type": "Image/PNG; q=1" }));
    const sha256 = createHash("sha256").update("hello").digest("hex");
    expect(await get(`${url}/a.png?token=1`)).toEqual({ bytes: 5, sha256, contentType: "image/png" });
    expect(await readFile(path, "utf8")).toBe("hello");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(Object.keys(requests[0]?.headers ?? {}).sort()).toEqual([
      ...["accept", "accept-encoding", "connection", "host", "user-agent"],
    ]);
  });

  it("follows five redirects, relative ones too, and not six", async () => {
    const five = ["/1", "/2", "/3", "/4", "/5"].map(redirect);
    const short = await startHttpServer(...five, answer(200, "there"));
    expect((await get(`${short.url}/0`)).bytes).toBe(5);
    const long = await startHttpServer(redirect("/again"));
    await expect(get(long.url)).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
    expect(long.requests).toHaveLength(6);
  });

  it("unpacks what was packed unasked, and refuses what it can't unpack", async () => {
    const { url } = await startHttpServer(
      answer(200, gzipSync("hello"), { "content-encoding": "gzip" }),
      answer(200, "no gzip", { "content-encoding": "gzip" }),
      answer(200, "?", { "content-encoding": "zstd" }),
    );
    expect((await get(url)).bytes).toBe(5);
    await expect(get(url)).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
    await expect(get(url)).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
  });
});

describe("a file that is too large", () => {
  it("is refused by what the server says of it", async () => {
    const { url } = await startHttpServer(answer(200, "x".repeat(2_000)));
    await expect(get(url)).rejects.toMatchObject({ code: "input_too_large", retryable: false });
  });

  it("is cut off when it says nothing and never ends", async () => {
    let sent = 0;
    const endless: Handler = (_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
        if (!response.destroyed) response.once("drain", pour);
      };
      pour();
    };
    const { url } = await startHttpServer(endless);
    await expect(get(url, { maxBytes: 100_000 })).rejects.toMatchObject({ code: "input_too_large" });
    expect((await stat(path)).size).toBeLessThanOrEqual(100_000);
    expect(sent).toBeLessThan(50_000_000);
  });

  it("is cut off when it is small and unpacks to much", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const { url } = await startHttpServer(answer(200, bomb, { "content-encoding": "gzip" }));
    await expect(get(url, { maxBytes: 100_000 })).rejects.toMatchObject({ code: "input_too_large" });
    expect((await stat(path)).size).toBeLessThanOrEqual(100_000);
  });

  it("may be as long as the limit, and not empty", async () => {
    const { url } = await startHttpServer(answer(200, "x".repeat(1_000)), answer(200, ""));
    expect((await get(url)).bytes).toBe(1_000);
    await expect(get(url)).rejects.toMatchObject({ code: "input_empty", retryable: false });
  });
});

describe("a server that does not give the file", () => {
  it.each([
    [404, false],
    [401, false],
    [204, false],
    [206, false],
    [304, false],
    [302, false],
    [429, true],
    [500, true],
    [503, true],
  ])("status %i may be tried again: %s", async (status, retryable) => {
    const { url } = await startHttpServer(answer(status, "secret words of the server"));
    const error = await get(`${url}/a?token=t0ken`).catch((error) => error);
    expect(error).toMatchObject({ code: "input_unreachable", retryable });
    expect(error.message).toContain(String(status));
    expect(error.message).not.toMatch(/secret|t0ken/);
  });

  it("is given up when no answer comes, when nothing moves, and when it drips for ever", async () => {
    const timers = new Set<NodeJS.Timeout>();
    const drip = (response: ServerResponse) => {
      const timer = setInterval(() => response.write("x"), 10);
      timers.add(timer);
      response.on("close", () => clearInterval(timer));
    };
    const { url } = await startHttpServer(
      () => {},
      (_, response) => void response.writeHead(200).write("begun"),
      (_, response) => {
        response.writeHead(200);
        drip(response);
      },
    );
    await expect(get(url, { limits: SHORT })).rejects.toMatchObject({ code: "input_unreachable", retryable: true });
    await expect(get(url, { limits: SHORT })).rejects.toMatchObject({ code: "input_unreachable", retryable: true });
    const dripped = get(url, { limits: { answerMs: 1_000, idleMs: 1_000, totalMs: 150 } });
    await expect(dripped).rejects.toMatchObject({ code: "input_unreachable", retryable: true });
  });

  it("may be tried again when it breaks off, or is not there", async () => {
    const { url } = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    await expect(get(url)).rejects.toMatchObject({ code: "input_unreachable", retryable: true });
    await expect(get("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "input_unreachable", retryable: true });
    const noName: Resolve = () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const failed = get("https://no-such.example/", { resolve: noName, rules: STRICT });
    await expect(failed).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
  });

  it("stops with the attempt, for the attempt's reason", async () => {
    const stop = new AbortController();
    const { url } = await startHttpServer(() => stop.abort(new Error("cancelled")));
    await expect(get(url, { signal: stop.signal })).rejects.toThrow("cancelled");
  });
});

describe("addresses that are not everybody's", () => {
  const resolveTo =
    (...addresses: string[]): Resolve =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

  it.each([
    "http://example.com/a.png",
    "https://example.com:8443/a.png",
    "https://user:pass@example.com/",
    "https://127.0.0.1/",
    "https://2130706433/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::a00:1]/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/",
    "https://localhost/",
    "ftp://example.com/a.png",
    "file:///etc/passwd",
  ])("%s is not asked", async (url) => {
    const never: Resolve = () => Promise.reject(new Error("resolved"));
    const refused = get(url, { rules: STRICT, resolve: never });
    await expect(refused).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
    await expect(refused).rejects.not.toThrow("resolved");
  });

  it.each([
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["172.16.0.1"],
    ["192.168.1.1"],
    ["169.254.169.254"],
    ["100.64.0.1"],
    ["0.0.0.0"],
    ["224.0.0.1"],
    ["::1"],
    ["fd00::1"],
    ["fe80::1"],
    ["::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
    ["2002:7f00:1::"],
    ["93.184.215.14", "127.0.0.1"],
  ])("a name for %s is refused before anything is sent", async (...addresses) => {
    const refused = get("https://files.example.com/a.png", { rules: STRICT, resolve: resolveTo(...addresses) });
    await expect(refused).rejects.toMatchObject({ code: "input_unreachable", retryable: false });
    await expect(refused).rejects.toThrow("files.example.com is not on the public internet");
  });

  it("a public name is connected to at the very addresses that were checked", () => {
    const lookup = checkedLookup(resolveTo("93.184.215.14", "2606:2800:21f:cb07::1"), STRICT);
    return new Promise<void>((resolve) => {
      lookup("files.example.com", { all: true }, (error, addresses) => {
        expect([error, addresses]).toEqual([
          null,
          [
            { address: "93.184.215.14", family: 4 },
            { address: "2606:2800:21f:cb07::1", family: 6 },
          ],
        ]);
        resolve();
      });
    });
  });

  it("each redirect is checked anew, by its address and by what its name means then", async () => {
    // Of this machine's own addresses, one stands for the public internet.
    const rules = {
      checkUrl: LAX.checkUrl,
      isAllowed: (address: string) => address === "127.0.0.1",
    };
    const { url, requests } = await startHttpServer(redirect("/moved"), answer(200, "private"));
    let asked = 0;
    const rebinding: Resolve = async () => [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    const port = new URL(url).port;
    const refused = get(`http://rebind.example:${port}/`, { rules, resolve: rebinding });
    await expect(refused).rejects.toThrow("rebind.example is not on the public internet");
    expect([asked, requests.length]).toEqual([2, 1]);

    const strictAfterwards = {
      ...rules,
      checkUrl: (text: string) => (text.includes("/inside") ? STRICT.checkUrl(text) : LAX.checkUrl(text)),
    };
    const second = await startHttpServer(redirect(`${url}/inside`));
    await expect(get(second.url, { rules: strictAfterwards })).rejects.toMatchObject({ code: "input_unreachable" });
    expect(requests).toHaveLength(1);
  });

  it("a name is resolved once for each connection: there is nothing between check and use", async () => {
    const { url, requests } = await startHttpServer(answer(200, "hello"));
    let asked = 0;
    const resolve: Resolve = async () => [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }];
    expect((await get(`http://pinned.example:${new URL(url).port}/`, { resolve })).bytes).toBe(5);
    expect(asked).toBe(1);
    expect(requests[0]?.headers.host).toMatch(/^pinned\.example:/);
  });
});
