/** `Idempotency-Key`: the same request twice makes one job. */
import { listDurableObjectIds, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { IDEMPOTENCY_TTL_S } from "#contract/limits.ts";
import type { JobList } from "#contract/public-api.ts";
import type { Env } from "../../../worker/env.ts";
import { API_KEY, call, OTHER_API_KEY, post, problemOf } from "../../helpers/worker-api.ts";

const { IDEMPOTENCY } = env as unknown as Env;
const BODY = { type: "echo", params: { text: "once" } };

/** Nobody even while faults are on. */
const NOBODY = { "Kiln-Session": "" };

function submit(key: string, body: unknown = BODY, apiKey = API_KEY): Promise<Response> {
  return post("/v1/jobs", body, { "Idempotency-Key": key, "X-API-Key": apiKey });
}

async function jobCount(): Promise<number> {
  const response = await call("/v1/jobs?limit=100", { headers: { "X-API-Key": API_KEY } });
  return ((await response.json()) as JobList).jobs.length;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a request with an Idempotency-Key", () => {
  it("makes one job however often it is sent, and gets the same answer each time", async () => {
    const first = await submit("order-1");
    expect(first.status).toBe(202);
    expect(first.headers.get("Idempotent-Replayed")).toBeNull();
    const job = (await first.json()) as Job;
    const again = await submit("order-1");
    expect(again.status).toBe(202);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(again.headers.get("Location")).toBe(`/v1/jobs/${job.id}`);
    expect(await again.json()).toEqual(job);
    await vi.waitFor(async () => expect(await jobCount()).toBe(1));
  });

  it("makes one job when ten are sent at once; those that come too early are told to ask again", async () => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => submit("order-2")));
    const made = responses.filter(({ status }) => status === 202);
    expect(made.length).toBeGreaterThan(0);
    const ids = await Promise.all(made.map(async (response) => ((await response.json()) as Job).id));
    expect(new Set(ids).size).toBe(1);
    for (const early of responses.filter(({ status }) => status !== 202)) {
      expect(early.headers.get("Retry-After")).toBe("1");
      expect(await problemOf(early)).toMatchObject({ status: 409, code: "idempotency_in_flight", retryable: true });
    }
    await vi.waitFor(async () => expect(await jobCount()).toBe(1));
  });

  it("is refused when the key came with another body, and the first job stays", async () => {
    const job = (await (await submit("order-3")).json()) as Job;
    const other = await problemOf(await submit("order-3", { ...BODY, params: { text: "twice" } }));
    expect(other).toMatchObject({ status: 422, code: "idempotency_mismatch" });
    const kept = (await (await call(`/v1/jobs/${job.id}`, { headers: { "X-API-Key": API_KEY } })).json()) as Job;
    expect(kept.params.text).toBe("once");
  });

  it("may use the key again once it was refused and mended", async () => {
    expect((await problemOf(await submit("order-4", { type: "nothing" }))).code).toBe("unknown_job_type");
    expect((await submit("order-4")).status).toBe(202);
  });

  it("shares its key with no other owner", async () => {
    const [mine, theirs] = [await submit("order-5"), await submit("order-5", BODY, OTHER_API_KEY)];
    expect(((await mine.json()) as Job).id).not.toBe(((await theirs.json()) as Job).id);
  });

  it("makes a new job after 24 hours", async () => {
    const first = (await (await submit("order-6")).json()) as Job;
    vi.useFakeTimers({ now: Date.now() + IDEMPOTENCY_TTL_S * 1000 + 1, toFake: ["Date"] });
    // The same whether the alarm has cleared the key or not.
    for (const id of await listDurableObjectIds(IDEMPOTENCY)) await runDurableObjectAlarm(IDEMPOTENCY.get(id));
    const second = (await (await submit("order-6")).json()) as Job;
    expect(second.id).not.toBe(first.id);
  });

  it.each([
    ["that is empty", ""],
    ["with a space", "order 7"],
    ["that is too long", "x".repeat(256)],
  ])("is refused with a key %s", async (_why, key) => {
    expect((await problemOf(await submit(key))).errors?.[0]?.path).toBe("Idempotency-Key");
  });

  it("is refused from somebody whom nobody can tell from others", async () => {
    const problem = await problemOf(await post("/v1/jobs", BODY, { "Idempotency-Key": "order-8", ...NOBODY }));
    expect(problem.detail).toContain("Kiln-Session");
  });
});
