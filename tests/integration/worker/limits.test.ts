/** How many jobs callers may submit, and what they are told of it. */
import { evictAllDurableObjects, listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import type { ApiKeyWithSecret } from "#contract/access.ts";
import type { Caller } from "#contract/caller.ts";
import type { Job } from "#contract/job.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { quotas } from "../../../worker/durable/stubs.ts";
import type { Env } from "../../../worker/env.ts";
import { startFaults, stopFaults } from "../../helpers/faulty.ts";
import { json, limitedWorker } from "../../helpers/limited-worker.ts";
import { newKey, OTHER_ACCOUNT, storeKey } from "../../helpers/test-keys.ts";
import {
  API_KEY,
  adminCall,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  runnerPost,
  uploadText,
} from "../../helpers/worker-api.ts";

const { QUOTAS, UPLOADS } = env as unknown as Env;
const HOUR_MS = 3_600_000;
const ECHO = { type: "echo" };
const SESSION = { "Kiln-Session": "7".repeat(32) };

/** A list of strings with integer and string parameters, by the grammar of RFC 9651 as far as these fields use it. */
const FIELD = /^"[\x20\x21\x23-\x5b\x5d-\x7e]*"(;[a-z*][a-z0-9_.*-]*=(-?\d{1,15}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*$/;

let lastAddress = 0;
/** An address that nobody has called from. */
const newAddress = (): string => `198.51.100.${++lastAddress}`;

/** The answer's jobs left and seconds to wait, after checking both fields. */
function standingOf(response: Response): { limit: number; left: number; resetS: number } {
  const [policy, standing] = ["RateLimit-Policy", "RateLimit"].map((name) => response.headers.get(name) ?? "");
  expect(policy).toMatch(FIELD);
  expect(standing).toMatch(FIELD);
  const [, limit, windowS] = /^"jobs";q=(\d+);w=(\d+)$/.exec(policy as string) ?? [];
  const [, left, resetS] = /^"jobs";r=(\d+);t=(\d+)$/.exec(standing as string) ?? [];
  expect(Number(windowS)).toBe(3_600);
  return { limit: Number(limit), left: Number(left), resetS: Number(resetS) };
}

const FIVE = limitedWorker({ ANON_JOBS_PER_HOUR: "5", KEY_JOBS_PER_HOUR: "7" });

/** How many more jobs may be submitted from there, found out by a submission that is refused. */
async function leftAt(address: string, headers: Record<string, string> = {}): Promise<number> {
  const tooMany = { jobs: Array.from({ length: 8 }, () => ECHO) };
  const response = await FIVE("/v1/batches", json(tooMany, headers), address);
  expect(response.status).toBe(429);
  return standingOf(response).left;
}

afterEach(() => {
  stopFaults();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("of 50 submissions at once from one address, exactly 5 are taken", async () => {
  const from = newAddress();
  const answers = await Promise.all(Array.from({ length: 50 }, () => FIVE("/v1/jobs", json(ECHO), from)));
  const taken = answers.filter(({ status }) => status === 202);
  expect(taken).toHaveLength(5);
  expect(taken.map((answer) => standingOf(answer).left).sort()).toEqual([0, 1, 2, 3, 4]);
  for (const refused of answers.filter(({ status }) => status !== 202)) expect(refused.status).toBe(429);
});

it("a refusal says which limit it is, when it goes on, and what raises it", async () => {
  const from = newAddress();
  for (let n = 0; n < 5; n++) await FIVE("/v1/jobs", json(ECHO), from);
  const refused = await FIVE("/v1/jobs", json(ECHO), from);
  const { limit, left, resetS } = standingOf(refused);
  expect({ limit, left }).toEqual({ limit: 5, left: 0 });
  expect(resetS).toBeGreaterThan(3_500);
  expect(Number(refused.headers.get("Retry-After"))).toBe(resetS);
  const problem = await problemOf(refused);
  expect(problem).toMatchObject({ code: "rate_limited", status: 429, retryable: true });
  expect(problem.detail).toMatch(/5 jobs an hour.*0 are left.*in \d+ s, at \d{4}-.*API key raises it/);
});

it("goes on when the window is over", async () => {
  const from = newAddress();
  vi.useFakeTimers({ toFake: ["Date"] });
  for (let n = 0; n < 5; n++) await FIVE("/v1/jobs", json(ECHO), from);
  vi.setSystemTime(Date.now() + HOUR_MS - 1_000);
  const refused = await FIVE("/v1/jobs", json(ECHO), from);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("Retry-After")).toBe("1");
  vi.setSystemTime(Date.now() + 1_000);
  const taken = await FIVE("/v1/jobs", json(ECHO), from);
  expect(taken.status).toBe(202);
  expect(standingOf(taken)).toEqual({ limit: 5, left: 4, resetS: 3_600 });
});

it("counts an address whatever session it shows, a /64 as one, and others apart", async () => {
  const network = "2001:db8:1:2";
  for (let n = 1; n <= 5; n++) {
    const session = { "Kiln-Session": String(n).repeat(32) };
    expect((await FIVE("/v1/jobs", json(ECHO, session), `${network}::${n}`)).status).toBe(202);
  }
  expect((await FIVE("/v1/jobs", json(ECHO), `${network}:ffff::1`)).status).toBe(429);
  expect((await FIVE("/v1/jobs", json(ECHO), "2001:db8:1:3::1")).status).toBe(202);
});

it("counts an account by itself, from wherever it calls", async () => {
  const key = { "X-API-Key": API_KEY };
  const first = await FIVE("/v1/jobs", json(ECHO, key), newAddress());
  const second = await FIVE("/v1/jobs", json(ECHO, key), newAddress());
  expect(standingOf(second)).toMatchObject({ limit: 7, left: standingOf(first).left - 1 });
});

it("a key's own limit holds for that key alone, and none at all is a limit too", async () => {
  const [three, none] = [newKey(), newKey()];
  await storeKey(three, { account: OTHER_ACCOUNT, jobsPerHour: 3 });
  await storeKey(none, { account: OTHER_ACCOUNT, jobsPerHour: 0 });
  const submit = (key: string) => FIVE("/v1/jobs", json(ECHO, { "X-API-Key": key }));
  expect(standingOf(await submit(three))).toMatchObject({ limit: 3, left: 2 });
  expect(standingOf(await submit(OTHER_API_KEY))).toMatchObject({ limit: 7, left: 6 });
  expect((await submit(none)).status).toBe(429);
});

it("keys made by a key with a limit of its own count against that one, until the operator gives them their own", async () => {
  const parent = newKey();
  await storeKey(parent, { account: OTHER_ACCOUNT, jobsPerHour: 3 });
  const child = async (by: string) =>
    (await (await post("/v1/keys", { name: "Child" }, { "X-API-Key": by })).json()) as ApiKeyWithSecret;
  const first = await child(parent);
  const second = await child(first.secret);
  const submit = async (key: string) => standingOf(await FIVE("/v1/jobs", json(ECHO, { "X-API-Key": key }))).left;
  expect([await submit(parent), await submit(first.secret), await submit(second.secret)]).toEqual([2, 1, 0]);
  await adminCall(`keys/${second.id}`, { method: "PATCH", body: JSON.stringify({ jobsPerHour: 9 }) });
  expect([await submit(second.secret), await submit(parent)]).toEqual([8, 0]);
});

it("a batch costs as much as it has jobs, and is refused as a whole", async () => {
  const from = newAddress();
  const batchOf = (n: number) => json({ jobs: Array.from({ length: n }, () => ECHO) });
  const taken = await FIVE("/v1/batches", batchOf(3), from);
  expect(taken.status).toBe(202);
  expect(standingOf(taken).left).toBe(2);
  const refused = await FIVE("/v1/batches", batchOf(3), from);
  expect(refused.status).toBe(429);
  expect(standingOf(refused).left).toBe(2);
  const never = await FIVE("/v1/batches", batchOf(6), from);
  expect(never.headers.has("Retry-After")).toBe(false);
  expect((await problemOf(never)).detail).toContain("ask for less");
  expect((await FIVE("/v1/batches", batchOf(2), from)).status).toBe(202);
});

it("the same request again costs nothing: by Idempotency-Key, and under a client's id", async () => {
  const from = newAddress();
  const withKey = json(ECHO, { ...SESSION, "Idempotency-Key": "once" });
  const answers = [await FIVE("/v1/jobs", withKey, from), await FIVE("/v1/jobs", withKey, from)];
  expect(answers.map(({ headers }) => headers.has("RateLimit"))).toEqual([true, false]);
  const put = json(ECHO, SESSION, "PUT");
  for (const status of [202, 200, 200]) expect((await FIVE("/v1/jobs/order-1", put, from)).status).toBe(status);
  expect(await leftAt(from)).toBe(3);
});

it("a submission that is refused costs nothing", async () => {
  const from = newAddress();
  const missing = { ...ECHO, inputs: [{ upload: "upl_00000000000000000000000000" }] };
  const refused = await FIVE("/v1/jobs", json(missing), from);
  expect(refused.status).toBe(404);
  expect(standingOf(refused).left).toBe(5);
  expect((await FIVE("/v1/batches", json({ jobs: [missing, ECHO] }), from)).status).toBe(404);
  expect((await FIVE("/v1/jobs", json({ type: "no-such" }), from)).status).toBe(422);
  expect(await leftAt(from)).toBe(5);
});

it("a request that is refused gives back nothing that another one under the same id relies on", async () => {
  const from = newAddress();
  const upload = await uploadText("x", SESSION);
  // The one that will be taken finds its input only when the other one has been refused.
  const refusal = Promise.withResolvers<void>();
  const waiting = {
    idFromName: (name: string) => UPLOADS.idFromName(name),
    get: (id: DurableObjectId) => ({
      hold: async (...args: unknown[]) => {
        if (id.equals(UPLOADS.idFromName(upload.id))) await refusal.promise;
        return (UPLOADS.get(id) as unknown as Record<string, (...args: unknown[]) => unknown>).hold?.(...args);
      },
      release: () => undefined,
    }),
  };
  const five = limitedWorker({ ANON_JOBS_PER_HOUR: "5", UPLOADS: waiting });
  const put = (id: string) =>
    five("/v1/jobs/order-2", json({ ...ECHO, inputs: [{ upload: id }] }, SESSION, "PUT"), from);
  const taken = put(upload.id);
  expect((await put("upl_00000000000000000000000000")).status).toBe(404);
  refusal.resolve();
  expect((await taken).status).toBe(202);
  expect(await leftAt(from)).toBe(4);
});

it("a rerun and a retry by hand cost one, a retry of a job in line and the engine's own nothing", async () => {
  const from = newAddress();
  const retry = (id: string) => FIVE(`/v1/jobs/${id}/retry`, json({}, SESSION), from);
  const { id } = (await (await FIVE("/v1/jobs", json(ECHO, SESSION), from)).json()) as Job;
  const held = await lease();
  expect(held?.jobId).toBe(id);
  const error = { code: "engine_failed", message: "broke" };
  await runnerPost(`jobs/${id}/fail`, { leaseId: held?.leaseId, error, retryable: true });
  expect(await leftAt(from)).toBe(4);
  expect((await retry(id)).status).toBe(409);
  await FIVE(`/v1/jobs/${id}/cancel`, json({}, SESSION), from);
  expect(standingOf(await retry(id)).left).toBe(3);
  const again = await retry(id);
  expect([again.status, again.headers.has("RateLimit")]).toEqual([202, false]);
  expect((await FIVE(`/v1/jobs/${id}/rerun`, json({}, SESSION), from)).status).toBe(202);
  expect(await leftAt(from)).toBe(2);
});

it("jobs tried again together cost as many as are tried", async () => {
  const from = newAddress();
  const session = { "Kiln-Session": "8".repeat(32) };
  for (let n = 0; n < 2; n++) {
    const { id } = (await (await FIVE("/v1/jobs", json(ECHO, session), from)).json()) as Job;
    await FIVE(`/v1/jobs/${id}/cancel`, json({}, session), from);
  }
  const retried = await FIVE("/v1/jobs/retry", json({ state: "canceled" }, session), from);
  expect(await retried.json()).toMatchObject({ changed: 2 });
  expect(await leftAt(from)).toBe(1);
});

it("a quota that does not answer stops nobody, and is logged", async () => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const broken = {
    idFromName: (name: string) => QUOTAS.idFromName(name),
    get: () => ({ fetch: () => Promise.reject(Object.assign(new Error("overloaded"), { overloaded: true })) }),
  };
  const withoutQuota = limitedWorker({ ANON_JOBS_PER_HOUR: "1", QUOTAS: broken });
  const from = newAddress();
  for (let n = 0; n < 2; n++) expect((await withoutQuota("/v1/jobs", json(ECHO), from)).status).toBe(202);
  expect(log).toHaveBeenCalledWith(expect.stringContaining("could not be checked"), expect.anything());
});

it("what was counted outlives the object's memory, and goes when the window is over", async () => {
  const from = newAddress();
  for (let n = 0; n < 4; n++) {
    await FIVE("/v1/jobs", json(ECHO), from);
    await evictAllDurableObjects();
  }
  expect(standingOf(await FIVE("/v1/jobs", json(ECHO), from)).left).toBe(0);
  expect((await FIVE("/v1/jobs", json(ECHO), from)).status).toBe(429);
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 2 * HOUR_MS);
  for (const id of await listDurableObjectIds(QUOTAS)) await runDurableObjectAlarm(QUOTAS.get(id));
  expect(await leftAt(from)).toBe(5);
});

it("only so many jobs of a session may be open at a time", async () => {
  const two = limitedWorker({ ANON_JOBS_IN_FLIGHT: "2" });
  const session = { "Kiln-Session": "9".repeat(32) };
  const submit = () => two("/v1/jobs", json({ type: "echo" }, session));
  await submit();
  await submit();
  const refused = await submit();
  expect(refused.status).toBe(429);
  expect(refused.headers.has("Retry-After")).toBe(true);
  expect((await problemOf(refused)).detail).toMatch(/^2 jobs may be waiting or running/);
  const held = await lease();
  if (held) await finishEcho(held);
  expect((await submit()).status).toBe(202);
});

it("of 50 submissions at once no more are taken than may be open, batches whole; what is refused takes no place", async () => {
  const five = limitedWorker({ ANON_JOBS_IN_FLIGHT: "5" });
  const session = { "Kiln-Session": "8".repeat(32) };
  const missing = { ...ECHO, inputs: [{ upload: "upl_00000000000000000000000000" }] };
  for (let n = 0; n < 5; n++) expect((await five("/v1/jobs", json(missing, session))).status).toBe(404);
  const atOnce = async (count: number, path: string, body: unknown) => {
    const answers = await Promise.all(Array.from({ length: count }, () => five(path, json(body, session))));
    return answers.filter(({ status }) => status === 202).length;
  };
  expect(await atOnce(4, "/v1/batches", { jobs: [ECHO, ECHO, ECHO] })).toBe(1);
  expect(await atOnce(50, "/v1/jobs", ECHO)).toBe(2);
  const held = await lease();
  if (held) await finishEcho(held);
  expect(await atOnce(20, "/v1/jobs", ECHO)).toBe(1);
});

it("bytes are charged when an upload begins, and given back when it does not", async () => {
  const small = limitedWorker({ ANON_BYTES_PER_DAY: "1000" });
  const from = newAddress();
  const upload = (bytes: number) => small("/v1/uploads", json({ filename: "a", bytes }), from);
  const taken = await upload(600);
  expect(taken.status).toBe(201);
  expect(taken.headers.get("RateLimit-Policy")).toBe('"bytes";q=1000;w=86400;qu="content-bytes"');
  expect(taken.headers.get("RateLimit")).toBe('"bytes";r=400;t=86400');
  const refused = await upload(401);
  expect((await problemOf(refused)).detail).toMatch(/1000 bytes of uploads a day.*400 are left/);
  expect((await upload(400)).status).toBe(201);
});

it("parts of an open upload are charged by what they bring: a larger one for its number, and one that came in damaged", async () => {
  const small = limitedWorker({ ANON_BYTES_PER_DAY: "1000" });
  const from = newAddress();
  const begin = json({ filename: "a", type: "a/b" });
  const { key } = (await (await small("/s3/multipart", begin, from)).json()) as { key: string };
  const { url } = (await (await small(`/s3/multipart/${key}/1?key=${key}`, {}, from)).json()) as { url: string };
  const send = async (bytes: number, headers: Record<string, string> = {}) => {
    const body = new Uint8Array(bytes);
    const answer = await small(
      url,
      { method: "PUT", body, headers: { "Content-Length": String(bytes), ...headers } },
      from,
    );
    return [answer.status, answer.headers.get("RateLimit")?.match(/r=(\d+)/)?.[1]];
  };
  expect(await send(100)).toEqual([200, "900"]);
  expect(await send(100)).toEqual([200, "900"]);
  expect(await send(700)).toEqual([200, "300"]);
  expect(await send(1_001)).toEqual([429, "300"]);
  const damaged = { "Content-Digest": `sha-256=:${btoa("x".repeat(32))}:` };
  expect(await send(900, damaged)).toEqual([422, "100"]);
  expect(await send(900)).toEqual([200, "100"]);
});

it("the operator may let those with a key upload larger files, and the job types show it", async () => {
  const large = limitedWorker({ MAX_UPLOAD_BYTES: "2000000000" });
  const file = { filename: "film.mp4", bytes: 1_500_000_000 };
  expect((await large("/v1/uploads", json(file, { "X-API-Key": API_KEY }))).status).toBe(201);
  expect((await problemOf(await large("/v1/uploads", json(file)))).errors?.[0]?.path).toBe("bytes");
  const maxBytes = async (worker: typeof large, type: string) =>
    ((await (await worker(`/v1/job-types/${type}`)).json()) as JobTypeInfo).inputs.maxBytes;
  expect(await maxBytes(large, "animate")).toBe(2_000_000_000);
  expect(await maxBytes(large, "logo-to-3d")).toBe(100_000_000);
  expect(await maxBytes(FIVE, "animate")).toBe(100_000_000);
});

it("the shield answers 429 to an address that calls too often, and lets files, runners and preflights through", async () => {
  const keys: string[] = [];
  const limit = ({ key }: { key: string }) => {
    keys.push(key);
    return Promise.resolve({ success: false });
  };
  const shielded = limitedWorker({ SHIELD_ENABLED: "true", SHIELD: { limit } });
  for (const path of ["/v1/jobs", "/v1/job-types", "/health"]) {
    const answer = await shielded(path);
    expect(answer.headers.get("Retry-After")).toBe("10");
    expect((await problemOf(answer)).code).toBe("rate_limited");
  }
  expect(new Set(keys).size).toBe(1);
  for (const path of ["/files/uploads/x", "/runner/v1/lease", "/admin/v1/pools"]) {
    expect((await shielded(path, { method: "POST" })).status).not.toBe(429);
  }
  expect(keys).toHaveLength(3);
});

it("a shield that fails stops nobody", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const limit = () => Promise.reject(new Error("no"));
  expect((await limitedWorker({ SHIELD_ENABLED: "true", SHIELD: { limit } })("/v1/job-types")).status).toBe(200);
});

it("a charge whose answer was lost is sent again, and counts once", async () => {
  const bindings = env as unknown as Env;
  const quota = { limit: 10, windowMs: HOUR_MS };
  const injected = startFaults({ rate: 0.3, seed: 7, evict: false });
  const calls = quotas(bindings, "lost-answers");
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, n) => calls.charge("jobs", quota, [`job_${n}`, 1], Date.now()).catch(() => null)),
  );
  stopFaults();
  expect(injected.after).toBeGreaterThan(3);
  const taken = outcomes.filter((standing) => standing?.ok).length;
  const lost = outcomes.filter((standing) => standing === null).length;
  expect(taken).toBeLessThanOrEqual(10);
  expect(taken + lost).toBeGreaterThanOrEqual(10);
  expect((await calls.settle("jobs", quota, ["none", 0], Date.now())).remaining).toBe(0);
});

it("who asks is told what may be had, before having too much of it", async () => {
  const limits = {
    ANON_JOBS_PER_HOUR: "5",
    ANON_BYTES_PER_DAY: "1000",
    ANON_JOBS_IN_FLIGHT: "2",
    ANON_MAX_UPLOAD_BYTES: "90",
  };
  const { limits: told } = (await (await limitedWorker(limits)("/v1/caller")).json()) as Caller;
  expect(told).toEqual({ jobsPerHour: 5, bytesPerDay: 1000, jobsInFlight: 2, uploadBytes: 90 });
});
