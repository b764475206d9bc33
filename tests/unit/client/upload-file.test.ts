/** Uploads against a server that keeps parts, as far as the client can tell. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { UPLOAD_PART_BYTES } from "#contract/limits.ts";
import type { Upload } from "#contract/upload.ts";
import { FakeFetch, fakeSleep, problem, type SentRequest } from "../../helpers/fake-fetch.ts";

const API = "http://kiln.test";

/** Uploads of one file: creates, lists, takes parts, completes. `refusePart` answers a part's PUT instead. */
class FakeUploads {
  readonly parts = new Map<number, string>();
  created: Record<string, unknown> = {};
  completed = false;
  /** Counts how often fresh URLs were given out; it is part of them. */
  issue = 0;
  refusePart: (partNumber: number, issue: number) => Response | Error | null = () => null;

  readonly answer = (request: SentRequest): Response | Error => {
    const url = new URL(request.url);
    if (request.method === "POST" && url.pathname === "/v1/uploads") {
      this.created = JSON.parse(request.body) as Record<string, unknown>;
      return Response.json(this.view(), { status: 201 });
    }
    if (request.method === "GET") return Response.json(this.view());
    if (url.pathname.endsWith("/complete")) {
      this.completed = true;
      return Response.json({ ...this.view(), state: "complete" });
    }
    const partNumber = Number(url.searchParams.get("part"));
    const refusal = this.refusePart(partNumber, Number(url.searchParams.get("issue")));
    if (refusal) return refusal;
    this.parts.set(partNumber, request.body);
    return new Response(null, { status: 200 });
  };

  view(): Upload {
    this.issue++;
    const bytes = Number(this.created.bytes);
    const multipart = bytes > UPLOAD_PART_BYTES;
    const partBytes = multipart ? UPLOAD_PART_BYTES : bytes;
    const partCount = Math.ceil(bytes / partBytes);
    const sizeOf = (n: number) => Math.min(partBytes, bytes - (n - 1) * partBytes);
    const numbers = Array.from({ length: partCount }, (_, i) => i + 1);
    return {
      id: "upl_00000000000000000000000000",
      state: "pending",
      mode: multipart ? "multipart" : "single",
      filename: String(this.created.filename),
      contentType: "application/octet-stream",
      bytes,
      partBytes,
      partCount,
      parts: numbers.filter((n) => this.parts.has(n)).map((n) => ({ partNumber: n, bytes: sizeOf(n), etag: `e${n}` })),
      targets: numbers
        .filter((n) => !this.parts.has(n))
        .map((n) => ({ partNumber: n, bytes: sizeOf(n), url: `${API}/files/x?part=${n}&issue=${this.issue}` })),
      createdAt: 0,
      expiresAt: 0,
    };
  }
}

function setUp() {
  const server = new FakeUploads();
  const fake = new FakeFetch(server.answer);
  const kiln = new Kiln({ api: API, fetch: fake.fetch, sleep: fakeSleep().sleep });
  return { server, fake, kiln };
}

/** A file whose every part is another text: 2 parts and a half. */
const large = new Blob(["a".repeat(UPLOAD_PART_BYTES), "b".repeat(UPLOAD_PART_BYTES), "c".repeat(1234)]);

describe("a small file", () => {
  test("is announced with its SHA-256, sent in one PUT and completed", async () => {
    const { server, fake, kiln } = setUp();
    const upload = await kiln.upload(new Blob(["<svg/>"], { type: "image/svg+xml" }), { filename: "logo.svg" });
    expect(upload.state).toBe("complete");
    expect(server.created).toEqual({
      filename: "logo.svg",
      bytes: 6,
      contentType: "image/svg+xml",
      sha256: createHash("sha256").update("<svg/>").digest("hex"),
    });
    expect(server.parts).toEqual(new Map([[1, "<svg/>"]]));
    expect(fake.sent.map(({ method }) => method)).toEqual(["POST", "PUT", "POST"]);
  });
});

describe("a large file", () => {
  test("is sent in parts of 8 MiB, each with its own bytes", async () => {
    const { server, kiln } = setUp();
    const progress: number[] = [];
    await kiln.upload(large, { filename: "a.bin", onProgress: (sent) => progress.push(sent) });
    expect([...server.parts.keys()].sort()).toEqual([1, 2, 3]);
    expect(server.parts.get(2)).toBe("b".repeat(UPLOAD_PART_BYTES));
    expect(server.parts.get(3)).toBe("c".repeat(1234));
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(large.size);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  test("is resumed: only the missing parts are sent", async () => {
    const { server, fake, kiln } = setUp();
    server.created = { filename: "a.bin", bytes: large.size };
    server.parts.set(1, "a".repeat(UPLOAD_PART_BYTES));
    server.parts.set(3, "c".repeat(1234));
    await kiln.upload(large, { resume: "upl_00000000000000000000000000" });
    expect(
      fake.sent.filter(({ method }) => method === "PUT").map(({ url }) => new URL(url).searchParams.get("part")),
    ).toEqual(["2"]);
    expect(server.completed).toBe(true);
  });

  test("is not resumed with a file of another size", async () => {
    const { server, kiln } = setUp();
    server.created = { filename: "a.bin", bytes: large.size };
    await expect(kiln.upload(new Blob(["x"]), { resume: "upl_0" })).rejects.toThrow(/begun with a file of/);
  });

  test("asks for fresh URLs when one has expired, and keeps what was sent", async () => {
    const { server, fake, kiln } = setUp();
    server.refusePart = (part, issue) => (part === 3 && issue === 1 ? problem("signature_invalid", 403, false) : null);
    await kiln.upload(large, { filename: "a.bin" });
    expect(server.completed).toBe(true);
    const sent = fake.sent.filter(({ method }) => method === "PUT").map(({ url }) => new URL(url).search);
    expect(sent.filter((query) => query.includes("part=1"))).toHaveLength(1);
    expect(sent.filter((query) => query.includes("part=3"))).toEqual(["?part=3&issue=1", "?part=3&issue=2"]);
  });

  test("gives up when fresh URLs bring it no further", async () => {
    const { server, kiln } = setUp();
    server.refusePart = (part) => (part === 2 ? problem("signature_invalid", 403, false) : null);
    await expect(kiln.upload(large, { filename: "a.bin" })).rejects.toThrow("It is signature_invalid.");
    expect(server.completed).toBe(false);
  });

  test("sends a part again whose connection broke", async () => {
    const { server, kiln } = setUp();
    let broken = 0;
    server.refusePart = (part) => (part === 2 && ++broken < 3 ? new TypeError("fetch failed") : null);
    await kiln.upload(large, { filename: "a.bin" });
    expect(server.parts.size).toBe(3);
  });

  test("stops at once when it is aborted", async () => {
    const { server, kiln } = setUp();
    const stop = new AbortController();
    server.refusePart = () => {
      stop.abort(new Error("enough"));
      return null;
    };
    await expect(kiln.upload(large, { filename: "a.bin", signal: stop.signal })).rejects.toThrow("enough");
    expect(server.completed).toBe(false);
  });
});
