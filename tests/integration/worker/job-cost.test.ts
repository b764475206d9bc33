/** What a job costs: calls to Durable Objects, rows, operations of R2. docs/scale.md reckons with these figures. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { RETENTION_S } from "#contract/limits.ts";
import type { Lease } from "#contract/runner-api.ts";
import { hasPending } from "../../../worker/domain/job-alarm.ts";
import type { JobRecord } from "../../../worker/domain/job-record.ts";
import type { Env } from "../../../worker/env.ts";
import { jobStub, leaseNext, submit } from "../../helpers/cacheable-jobs.ts";
import { type Cost, startLedger, stopLedger, uncounted } from "../../helpers/cost-ledger.ts";
import { API_KEY, call, manifestOf, putArtifact, runnerPost, uploadText } from "../../helpers/worker-api.ts";

const HALFWAY = { stage: "trace", stageIndex: 0, stageCount: 2, percent: 50, etaS: null };
const OWNER = { "X-API-Key": API_KEY };
const { UPLOADS } = env as unknown as Env;

afterEach(() => {
  stopLedger();
  vi.useRealTimers();
});

/** What a step costs, with the outside work of `job` that it leaves behind. */
async function costOf<T>(step: () => Promise<T>, job: (value: T) => string | null): Promise<Cost & { value: T }> {
  const cost = await startLedger();
  const value = await step();
  const id = job(value);
  if (id !== null) await vi.waitFor(async () => expect(await isSettled(id)).toBe(true));
  stopLedger();
  return { ...cost, value };
}

function isSettled(id: string): Promise<boolean> {
  return runInDurableObject(jobStub(id), (_, { storage }) =>
    uncounted(() => {
      const { record } = storage.sql.exec<{ record: string }>("SELECT record FROM job").one();
      return !hasPending(JSON.parse(record) as JobRecord);
    }),
  );
}

async function finish({ jobId, leaseId, type }: Lease): Promise<void> {
  expect((await putArtifact({ jobId, leaseId } as Lease, "image.svg", "result")).status).toBe(200);
  const manifest = { ...(await manifestOf("image.svg", "result")), jobType: type };
  expect((await runnerPost(`jobs/${jobId}/complete`, { leaseId, manifest })).status).toBe(200);
}

async function textOf(url: string): Promise<string> {
  const response = await call(url);
  expect(response.status).toBe(200);
  return response.text();
}

/** Each step of the life of a job with one input and one artifact, by an owner with a key, that succeeds at once. */
async function lifeOf(text: string): Promise<Record<string, Cost>> {
  const upload = await costOf(
    () => uploadText(text, OWNER),
    () => null,
  );
  const body = { type: "image-to-svg", inputs: [{ upload: upload.value.id }] };
  const submitted = await costOf(
    () => submit(body, OWNER),
    ({ id }) => id,
  );
  const { id } = submitted.value;
  const leased = await costOf(leaseNext, () => id);
  const held = leased.value as Lease;
  const input = await costOf(
    () => textOf(held.inputs[0]?.url ?? ""),
    () => id,
  );
  const progress = await costOf(
    () => runnerPost(`jobs/${id}/progress`, { leaseId: held.leaseId, progress: HALFWAY }),
    () => id,
  );
  const heartbeat = await costOf(
    () => runnerPost(`jobs/${id}/extend`, { leaseId: held.leaseId }),
    () => id,
  );
  const finished = await costOf(
    () => finish(held),
    () => id,
  );
  const read = await costOf(
    () => call(`/v1/jobs/${id}`, { headers: OWNER }),
    () => id,
  );
  const fetched = await costOf(
    async () => {
      const redirect = await call(`/v1/jobs/${id}/artifacts/image.svg`, { headers: OWNER, redirect: "manual" });
      return textOf(redirect.headers.get("Location") ?? "");
    },
    () => id,
  );
  const idle = await costOf(leaseNext, () => null);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + RETENTION_S * 1000 + 1 });
  const purged = await costOf(
    () => runDurableObjectAlarm(jobStub(id)),
    () => id,
  );
  const dropped = await costOf(
    () => runDurableObjectAlarm(UPLOADS.get(UPLOADS.idFromName(upload.value.id))),
    () => null,
  );
  vi.useRealTimers();
  expect((await call(`/v1/jobs/${id}/artifacts/image.svg`, { headers: OWNER })).status).toBe(410);
  return { upload, submitted, leased, input, progress, heartbeat, finished, read, fetched, idle, purged, dropped };
}

it("a job that succeeds at its first attempt costs so many calls, rows and operations, and no more", async () => {
  // The first one makes tables that all share.
  await lifeOf("first");
  const life = await lifeOf("second");
  const calls = Object.fromEntries(Object.entries(life).map(([step, cost]) => [step, cost.calls]));
  expect(calls).toEqual({
    upload: {
      "uploads.create": 1,
      "uploads.admit": 1,
      "uploads.read": 1,
      "uploads.notePart": 1,
      "uploads.complete": 1,
    },
    submitted: { "uploads.hold": 1, "jobs.create": 1, "cache.find": 1, "pools.enqueue": 1 },
    leased: { "pools.offer": 1, "jobs.grant": 1, "pools.take": 1 },
    // The runner's signed URL says all.
    input: {},
    progress: { "jobs.progress": 1 },
    heartbeat: { "jobs.extend": 1 },
    finished: {
      // Of each artifact: where it goes, and whether it may be written before and after its bytes.
      "jobs.noteArtifact": 1,
      "jobs.mayWrite": 2,
      "jobs.complete": 1,
      "pools.remove": 1,
      "webhooks.publish": 1,
      "cache.put": 1,
    },
    read: { "jobs.read": 1 },
    // The redirect asks the job, the file that it leads to does not.
    fetched: { "jobs.read": 1 },
    idle: { "pools.offer": 1 },
    // The job's own alarm and the upload's come on top.
    purged: { "uploads.release": 1 },
    dropped: {},
  });
  const sum = (of: (cost: Cost) => number) => Object.values(life).reduce((total, cost) => total + of(cost), 0);
  expect(sum(({ rows }) => rows.written)).toBeLessThanOrEqual(86);
  expect(sum(({ rows }) => rows.read)).toBeLessThanOrEqual(135);
  expect(sum(({ d1 }) => d1.written)).toBeLessThanOrEqual(17);
  expect(life.idle).toMatchObject({ rows: { written: 0 }, d1: { written: 0 }, r2: {} });
  const operations = sum(({ r2 }) => (r2.put ?? 0) + (r2.list ?? 0));
  expect({ operations, reads: sum(({ r2 }) => (r2.head ?? 0) + (r2.get ?? 0)) }).toEqual({ operations: 4, reads: 8 });
});
