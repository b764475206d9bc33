/**
 * Uploads in Uppy's protocol and one-shot calls while many calls between objects and R2 fail, before or after it took
 * effect, and every object is evicted after every call of a client: a client that repeats what was answered 503 ends with the
 * very file, and what nobody can use goes.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { MIN_PART_BYTES, UPLOAD_PART_BYTES, UPLOAD_TTL_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import { forgetObjects, liveObjects, startFaults, stopFaults, undisturbed } from "../../helpers/faulty.ts";
import { filled, UppyUpload } from "../../helpers/uppy-calls.ts";
import { call, lease, problemOf, put, sha256, storedKeys } from "../../helpers/worker-api.ts";

const { BUCKET, UPLOADS } = env as unknown as Env;
const RATE = 0.1;
const TIMEOUT = { timeout: 30_000 };
const SESSION = { "Kiln-Session": "5".repeat(32) };
/** A part of the smallest size, and the end. */
const PARTS = [filled(MIN_PART_BYTES, 1), filled(7, 2)] as const;

afterEach(async () => {
  vi.useRealTimers();
  stopFaults();
  await forgetObjects({ evicted: true });
});

const joined = async (pieces: readonly Uint8Array<ArrayBuffer>[]) =>
  new Uint8Array(await new Blob([...pieces]).arrayBuffer());

/** Lets the time of all uploads end. */
async function endOfTime(): Promise<void> {
  vi.useFakeTimers({ now: Date.now() + UPLOAD_TTL_S * 1000 + 1, toFake: ["Date"] });
  await undisturbed(async () => {
    for (const stub of await liveObjects(UPLOADS)) await runDurableObjectAlarm(stub);
  });
  vi.useRealTimers();
}

const storedSha256 = (id: string) =>
  undisturbed(async () => {
    const stored = await BUCKET.get(`uploads/${id}`);
    return stored === null ? null : sha256(new Uint8Array(await stored.arrayBuffer()));
  });

it.each([1, 2])("an upload in parts comes in as it was sent, and is completed once (%i)", TIMEOUT, async (seed) => {
  const injected = startFaults({ rate: RATE, seed, evict: true });
  const whole = await joined(PARTS);
  const upload = await UppyUpload.begin({ bytes: whole.length, sha256: await sha256(whole) });
  // The last one first: parts come in any order. The first one twice: its answer was lost.
  await upload.part(2, PARTS[1]);
  await upload.part(1, PARTS[0]);
  await upload.part(1, PARTS[0]);
  const listed = await upload.list();
  expect(listed.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, MIN_PART_BYTES],
    [2, PARTS[1].length],
  ]);
  const url = await upload.url(2);
  for (const _ of ["once", "again"]) expect((await upload.complete(listed)).status).toBe(200);
  expect((await problemOf(await put(url, PARTS[1]))).code).toBe("upload_conflict");
  expect(await storedSha256(upload.id)).toBe(await sha256(whole));
  await endOfTime();
  expect(await storedKeys("uploads/")).toEqual([]);
  expect(injected.before + injected.after).toBeGreaterThan(0);
});

it("an upload that is aborted leaves nothing, not even a part that came in late", TIMEOUT, async () => {
  startFaults({ rate: RATE, seed: 1, evict: true });
  const upload = await UppyUpload.begin();
  await upload.part(1, PARTS[0]);
  const url = await upload.url(2);
  const stub = UPLOADS.get(UPLOADS.idFromName(upload.id)) as unknown as { read(): Promise<{ multipartId: string }> };
  const { multipartId } = await undisturbed(() => stub.read());
  for (const _ of ["once", "again"]) expect((await upload.abort()).status).toBe(200);
  expect((await problemOf(await put(url, PARTS[1]))).code).toBe("gone");
  expect(await storedKeys("uploads/")).toEqual([]);
  const parts = BUCKET.resumeMultipartUpload(`uploads/${upload.id}`, multipartId);
  // R2 does not know the parts any more.
  await undisturbed(() => expect(parts.uploadPart(1, "x")).rejects.toThrow(/10024|not exist/));
});

it("a one-shot call gives its job the very files; what failed calls have left goes", TIMEOUT, async () => {
  while (await lease());
  const injected = startFaults({ rate: RATE / 2, seed: 4, evict: true });
  const form = new FormData();
  const sent = await joined([filled(UPLOAD_PART_BYTES, 3), PARTS[1]]);
  form.append("file", new Blob([PARTS[1]]), "small.bin");
  form.append("file", new Blob([sent]), "large.bin");
  form.append("text", "hello");
  const response = await call("/v1/run/echo?wait=0", { method: "POST", body: form, headers: SESSION });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as Job;
  // A call whose answer was lost may have made a job as well: nobody waits for it, but it is whole.
  const held = new Map<string, Uint8Array[]>();
  for (let one = await lease(); one; one = await lease()) {
    const files = one.inputs.map(async ({ url }) => new Uint8Array(await (await call(url)).arrayBuffer()));
    held.set(one.jobId, await Promise.all(files));
  }
  expect([...held.keys()]).toContain(id);
  for (const files of held.values())
    expect(await Promise.all(files.map(sha256))).toEqual(await Promise.all([PARTS[1], sent].map(sha256)));
  await endOfTime();
  // Only what the jobs hold is left.
  expect(await storedKeys("uploads/")).toHaveLength(2 * held.size);
  expect(injected.before + injected.after).toBeGreaterThan(0);
});
