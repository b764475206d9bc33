/** What a client and a runner are told when R2 fails by a fault of its own, or says nothing at all. */
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Upload } from "#contract/upload.ts";
import type { Env } from "../../../worker/env.ts";
import { putFile } from "../../../worker/storage/files-bucket.ts";
import { call, lease, post, problemOf, put, runnerPost, sha256, submitEcho } from "../../helpers/worker-api.ts";

const { BUCKET } = env as unknown as Env;

/** What workerd says when R2 gives no code of its own. */
const FAULTS = ["internal error; reference = 1v1ipbodb8n2erc0fgr4h4rr", "put: Unspecified error (0)"];

/** This call of R2 fails until the test is over, or `mend` is called. */
function breakBucket(example: object, name: string, message: string): () => void {
  const prototype = Object.getPrototypeOf(example) as Record<string, unknown>;
  const method = prototype[name];
  const mend = () => {
    prototype[name] = method;
  };
  prototype[name] = () => Promise.reject(new Error(message));
  onTestFinished(mend);
  return mend;
}

async function expectUnavailable(response: Response): Promise<void> {
  expect(response.headers.get("Retry-After")).toBe("1");
  expect(await problemOf(response)).toMatchObject({ status: 503, code: "unavailable", retryable: true });
}

async function beginUpload(bytes: number, more: object = {}): Promise<Upload> {
  const request = { filename: "in.txt", bytes, contentType: "text/plain", ...more };
  return (await (await post("/v1/uploads", request)).json()) as Upload;
}

describe.each(FAULTS)("while R2 fails with %s", (message) => {
  it("a user's upload is answered 503, and works by the same URL afterwards", async () => {
    const upload = await beginUpload(5);
    const url = upload.targets[0]?.url as string;
    const mend = breakBucket(BUCKET, "put", message);
    await expectUnavailable(await put(url, "hello"));
    mend();
    expect((await put(url, "hello")).status).toBe(200);
    expect((await post(`/v1/uploads/${upload.id}/complete`, {})).status).toBe(200);
  });

  it("the completion of an upload, which an object does, is answered 503, and works afterwards", async () => {
    const upload = await beginUpload(5);
    await put(upload.targets[0]?.url as string, "hello");
    const mend = breakBucket(BUCKET, "head", message);
    await expectUnavailable(await post(`/v1/uploads/${upload.id}/complete`, {}));
    mend();
    expect((await post(`/v1/uploads/${upload.id}/complete`, {})).status).toBe(200);
  });

  it("a runner's file and its checkpoint are answered 503, and are taken by the same URL afterwards", async () => {
    await submitEcho();
    const { jobId, leaseId } = (await lease()) as NonNullable<Awaited<ReturnType<typeof lease>>>;
    const file = { leaseId, bytes: 5, sha256: await sha256("hello") };
    const artifact = { ...file, name: "echo.txt", contentType: "text/plain" };
    const targets = await Promise.all([
      runnerPost(`jobs/${jobId}/artifacts`, artifact),
      runnerPost(`jobs/${jobId}/checkpoints`, { ...file, name: "part" }),
    ]);
    const urls = await Promise.all(targets.map(async (target) => ((await target.json()) as { url: string }).url));
    const mend = breakBucket(BUCKET, "put", message);
    for (const url of urls) await expectUnavailable(await put(url, "hello"));
    mend();
    for (const url of urls) expect((await put(url, "hello")).status).toBe(200);
  });

  it("a download is answered 503", async () => {
    const upload = await beginUpload(5);
    const url = upload.targets[0]?.url as string;
    await put(url, "hello");
    await post(`/v1/uploads/${upload.id}/complete`, {});
    const job = await submitEcho({}, { inputs: [{ upload: upload.id }] });
    const held = (await lease()) as NonNullable<Awaited<ReturnType<typeof lease>>>;
    expect(held.jobId).toBe(job.id);
    breakBucket(BUCKET, "get", message);
    await expectUnavailable(await call(held.inputs[0]?.url as string));
  });
});

describe("R2 that takes bytes and says nothing", () => {
  const silent = { put: () => new Promise(() => {}) } as unknown as R2Bucket;
  const metadata = { contentType: "text/plain", sha256: null };
  const write = (moved: () => number, awaitsSender = () => false) =>
    putFile(silent, "key", new ArrayBuffer(1), metadata, { progress: { moved, awaitsSender }, stallMs: 5 });

  it("is not waited for once it takes nothing any more", async () => {
    await expect(write(() => 7)).rejects.toThrow("R2 takes no more of the file. Please try again.");
  });

  it("is waited for as long as it takes bytes, however slowly", async () => {
    let bytes = 0;
    let looks = 0;
    const written = write(() => {
      looks += 1;
      return looks < 10 ? ++bytes : bytes;
    });
    await expect(written).rejects.toThrow("R2 takes no more of the file");
    expect(looks).toBe(10);
  });

  it("is not blamed for a sender that is silent for long", async () => {
    let looks = 0;
    const written = write(
      () => 7,
      // Silent, then a piece comes, which R2 does not take.
      () => ++looks < 10,
    );
    await expect(written).rejects.toThrow("R2 takes no more of the file");
    expect(looks).toBe(11);
  });
});
