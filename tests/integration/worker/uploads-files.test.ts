/** Uploads by signed URL, whole and in parts, and downloads with ranges and conditions, on real R2. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { MAX_UPLOAD_BYTES, UPLOAD_PART_BYTES, UPLOAD_TTL_S } from "#contract/limits.ts";
import type { Upload } from "#contract/upload.ts";
import { contentOfParts } from "../../../worker/domain/content-hash.ts";
import type { UploadObject } from "../../../worker/durable/upload.do.ts";
import type { Env } from "../../../worker/env.ts";
import { undisturbed } from "../../helpers/faulty.ts";
import {
  call,
  finishEcho,
  lease,
  post,
  problemOf,
  put,
  sha256,
  storedKeys,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { BUCKET, UPLOADS } = env as unknown as Env;

async function create(body: Record<string, unknown>): Promise<Upload> {
  const response = await post("/v1/uploads", body);
  expect(response.status).toBe(201);
  return (await response.json()) as Upload;
}

const MULTIPART_BYTES = 2 * UPLOAD_PART_BYTES + 5;

function part(bytes: number, fill: number): Uint8Array {
  return new Uint8Array(bytes).fill(fill);
}

describe("a single PUT upload", () => {
  it("goes straight into R2 and can be completed twice", async () => {
    const upload = await uploadText("hello");
    expect(upload).toMatchObject({ state: "complete", mode: "single", bytes: 5, targets: [] });
    expect(await undisturbed(async () => (await BUCKET.get(`uploads/${upload.id}`))?.text())).toBe("hello");
    expect((await post(`/v1/uploads/${upload.id}/complete`, {})).status).toBe(200);
  });

  it("refuses a wrong length in either direction and a missing one", async () => {
    const { targets } = await create({ filename: "a", bytes: 5 });
    const url = targets[0]?.url ?? "";
    expect((await problemOf(await put(url, "123456"))).code).toBe("too_large");
    expect((await problemOf(await put(url, "1234"))).code).toBe("invalid_request");
    // Through a transform the length is not known, so the body is sent in chunks, without Content-Length.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const chunked = await call(url, { method: "PUT", body: readable });
    await writable.abort();
    expect((await problemOf(chunked)).code).toBe("length_required");
    expect(await storedKeys()).toEqual([]);
  });

  it("refuses bytes that do not have the announced SHA-256 and keeps nothing", async () => {
    const { targets } = await create({ filename: "a", bytes: 5, sha256: await sha256("hello") });
    expect((await problemOf(await put(targets[0]?.url ?? "", "HELLO"))).code).toBe("checksum_mismatch");
    expect(await storedKeys()).toEqual([]);
    expect((await put(targets[0]?.url ?? "", "hello")).status).toBe(200);
  });

  it("can't be completed before its bytes are there, nor used by a job", async () => {
    const upload = await create({ filename: "a", bytes: 5 });
    expect((await problemOf(await post(`/v1/uploads/${upload.id}/complete`, {}))).code).toBe("upload_incomplete");
    const job = await post("/v1/jobs", { type: "echo", inputs: [{ upload: upload.id }] });
    expect((await problemOf(job)).code).toBe("upload_incomplete");
  });
});

describe("a multipart upload", () => {
  it("is planned in equal parts, lists what is there, resumes, and joins the bytes in order", async () => {
    const upload = await create({ filename: "big.bin", bytes: MULTIPART_BYTES });
    expect(upload).toMatchObject({ mode: "multipart", partCount: 3 });
    expect(upload.targets.map(({ bytes }) => bytes)).toEqual([UPLOAD_PART_BYTES, UPLOAD_PART_BYTES, 5]);
    const [first, second, third] = upload.targets.map(({ url }) => url) as [string, string, string];
    expect((await put(third, part(5, 3))).status).toBe(200);
    expect((await put(first, part(UPLOAD_PART_BYTES, 1))).status).toBe(200);
    const resumed = (await (await call(`/v1/uploads/${upload.id}`)).json()) as Upload;
    expect(resumed.parts.map(({ partNumber }) => partNumber)).toEqual([1, 3]);
    expect(resumed.targets.map(({ partNumber }) => partNumber)).toEqual([2]);
    expect((await problemOf(await post(`/v1/uploads/${upload.id}/complete`, {}))).code).toBe("upload_incomplete");
    expect((await put(second, part(UPLOAD_PART_BYTES, 2))).status).toBe(200);
    for (let i = 0; i < 2; i++) {
      const completed = await post(`/v1/uploads/${upload.id}/complete`, {});
      expect(await completed.json()).toMatchObject({ state: "complete" });
    }
    const bytes = new Uint8Array(
      (await undisturbed(async () => (await BUCKET.get(`uploads/${upload.id}`))?.arrayBuffer())) ?? new ArrayBuffer(0),
    );
    expect(bytes.length).toBe(MULTIPART_BYTES);
    expect([bytes[0], bytes[UPLOAD_PART_BYTES], bytes.at(-1)]).toEqual([1, 2, 3]);
    // What is in it is known without reading it again.
    const parts = [part(UPLOAD_PART_BYTES, 1), part(UPLOAD_PART_BYTES, 2), part(5, 3)].map(sha256);
    const hash = await contentOfParts(UPLOAD_PART_BYTES, await Promise.all(parts));
    const stub = UPLOADS.get(UPLOADS.idFromName(upload.id)) as unknown as DurableObjectStub<UploadObject>;
    expect((await undisturbed(async () => stub.read()))?.content).toEqual({ hash, version: null });
  });

  it("leaves nothing behind when it is aborted, and takes no part afterwards", async () => {
    const upload = await create({ filename: "big.bin", bytes: MULTIPART_BYTES });
    await put(upload.targets[2]?.url ?? "", part(5, 3));
    expect((await call(`/v1/uploads/${upload.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await problemOf(await put(upload.targets[2]?.url ?? "", part(5, 3)))).code).toBe("gone");
    expect((await call(`/v1/uploads/${upload.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await storedKeys()).toEqual([]);
  });

  it("is refused when its joined bytes do not have the announced SHA-256", async () => {
    const upload = await create({ filename: "big.bin", bytes: MULTIPART_BYTES, sha256: "0".repeat(64) });
    for (const { url, bytes } of upload.targets) await put(url, part(bytes, 1));
    expect((await problemOf(await post(`/v1/uploads/${upload.id}/complete`, {}))).code).toBe("checksum_mismatch");
    expect(await storedKeys()).toEqual([]);
  });
});

describe("an upload nobody needs any more", () => {
  it("goes when its time is over, but not while a job holds it", async () => {
    const upload = await uploadText("hello");
    const job = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    const stub = UPLOADS.get(UPLOADS.idFromName(upload.id));
    vi.useFakeTimers({ now: Date.now() + UPLOAD_TTL_S * 1000 + 1, toFake: ["Date"] });
    expect(await runDurableObjectAlarm(stub)).toBe(false);
    await post(`/v1/jobs/${job.id}/cancel`, {});
    await call(`/v1/jobs/${job.id}`, { method: "DELETE" });
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(stub);
      expect(await storedKeys()).toEqual([]);
    });
    expect((await problemOf(await post("/v1/jobs", { type: "echo", inputs: [{ upload: upload.id }] }))).code).toBe(
      "gone",
    );
  });

  it("can't be aborted while a job holds it", async () => {
    const upload = await uploadText("hello");
    await submitEcho({}, { inputs: [{ upload: upload.id }] });
    expect((await problemOf(await call(`/v1/uploads/${upload.id}`, { method: "DELETE" }))).code).toBe(
      "upload_conflict",
    );
  });
});

describe("announcing an upload", () => {
  it.each([
    ["empty", { filename: "a", bytes: 0 }, "bytes"],
    ["too large", { filename: "a", bytes: MAX_UPLOAD_BYTES + 1 }, "bytes"],
    ["without a name", { bytes: 1 }, "filename"],
    ["with an unknown field", { filename: "a", bytes: 1, path: "../x" }, "path"],
    ["with a wrong checksum", { filename: "a", bytes: 1, sha256: "xyz" }, "sha256"],
  ])("is refused when it is %s, and the answer names the field", async (_title, body, path) => {
    const problem = await problemOf(await post("/v1/uploads", body));
    expect(problem).toMatchObject({ status: 400, code: "invalid_request" });
    expect(problem.errors?.map((error) => error.path)).toContain(path);
  });
});

describe("a signed URL", () => {
  async function artifactUrl(): Promise<string> {
    const job = await submitEcho();
    const held = await lease();
    if (!held) throw new Error("no lease");
    expect(await (await finishEcho(held, "0123456789")).json()).toEqual({ state: "succeeded" });
    return (await call(`/v1/jobs/${job.id}/artifacts/echo.txt`, { redirect: "manual" })).headers.get("Location") ?? "";
  }

  it("is refused when anything in it is changed, when it is used with another method, and when it is over", async () => {
    const url = await artifactUrl();
    const mutate = (change: (copy: URL) => void) => {
      const copy = new URL(url);
      change(copy);
      return copy.href;
    };
    const exp = Number(new URL(url).searchParams.get("exp"));
    const mutations = [
      mutate((copy) => copy.searchParams.set("exp", String(exp + 1))),
      mutate((copy) => copy.searchParams.delete("exp")),
      mutate((copy) => copy.searchParams.set("kid", "old")),
      mutate((copy) => copy.searchParams.set("kid", "none")),
      mutate((copy) => copy.searchParams.set("sig", "A".repeat(43))),
      mutate((copy) => copy.searchParams.delete("sig")),
      mutate((copy) => copy.searchParams.append("exp", String(exp))),
      mutate((copy) => copy.searchParams.set("filename", "evil.html")),
      mutate((copy) => copy.searchParams.set("extra", "1")),
      mutate((copy) => {
        copy.pathname = copy.pathname.replace("echo.txt", "input-1.bin");
      }),
      mutate((copy) => {
        copy.host = "other.test";
      }),
    ];
    for (const mutation of mutations) expect((await problemOf(await call(mutation))).code).toBe("signature_invalid");
    expect((await call(url, { method: "PUT", body: "x", headers: { "Content-Length": "1" } })).status).toBe(403);
    // Whatever the key looks like.
    for (const key of ["uploads/%F0%B2%8E%AB%0A", "jobs/a%0Ab/c", "x/y"]) {
      const answer = await call(`/files/${key}?exp=1&kid=new&sig=x`, { method: "PUT", body: "x" });
      expect([key, (await problemOf(answer)).code]).toEqual([key, "signature_invalid"]);
    }
    vi.useFakeTimers({ now: exp * 1000, toFake: ["Date"] });
    expect((await problemOf(await call(url))).detail).toContain("expired");
  });

  it("downloads with ETag, 304, ranges and 416", async () => {
    const url = await artifactUrl();
    const whole = await call(url);
    expect(await whole.text()).toBe("0123456789");
    expect(whole.headers.get("Content-Length")).toBe("10");
    expect(whole.headers.get("Content-Type")).toBe("text/plain");
    expect(whole.headers.get("X-Content-Type-Options")).toBe("nosniff");
    const etag = whole.headers.get("ETag") ?? "";
    expect((await call(url, { headers: { "If-None-Match": etag } })).status).toBe(304);
    const get = (headers: Record<string, string>) => call(url, { headers });
    const middle = await get({ Range: "bytes=2-4" });
    expect([middle.status, await middle.text(), middle.headers.get("Content-Range")]).toEqual([
      206,
      "234",
      "bytes 2-4/10",
    ]);
    expect(await (await get({ Range: "bytes=-3" })).text()).toBe("789");
    expect(await (await get({ Range: "bytes=8-" })).text()).toBe("89");
    expect(await (await get({ Range: "bytes=5-99" })).text()).toBe("56789");
    expect((await get({ Range: "bytes=0-1,4-5" })).status).toBe(200);
    expect((await get({ Range: "bytes=2-4", "If-Range": '"other"' })).status).toBe(200);
    const beyond = await get({ Range: "bytes=10-" });
    expect([beyond.status, beyond.headers.get("Content-Range")]).toEqual([416, "bytes */10"]);
    const head = await call(url, { method: "HEAD" });
    expect([head.status, head.headers.get("Content-Length"), await head.text()]).toEqual([200, "10", ""]);
  });
});
