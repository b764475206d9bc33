/** Whom a pool rings when there is work: a few that wait for it, however many are connected. */
import { evictAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Lease } from "#contract/runner-api.ts";
import type { PoolObject } from "../../../worker/durable/pool.do.ts";
import type { Env } from "../../../worker/env.ts";
import { keepCheckpoint } from "../../helpers/checkpoints.ts";
import {
  adminCall,
  call,
  lease,
  post,
  RUNNER_KEY,
  runnerPost,
  settleWork,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { POOLS } = env as unknown as Env;

interface Runner {
  readonly id: string;
  /** Asks for a job in vain. */
  ask(jobTypes?: string[]): Promise<void>;
  /** How often it was rung so far: all that was sent before this call is counted. */
  rings(): Promise<number>;
}

let names = 0;

async function connect(): Promise<Runner> {
  names += 1;
  const runnerId = `runner-${names}`;
  const response = await call(`/runner/v1/pools/cpu/doorbell?runnerId=${runnerId}`, {
    headers: { Upgrade: "websocket", Authorization: `Bearer ${RUNNER_KEY}` },
  });
  const socket = response.webSocket as WebSocket;
  let rings = 0;
  let answered = () => {};
  socket.addEventListener("message", ({ data }) => {
    if (data === "pong") answered();
    else rings += 1;
  });
  socket.accept();
  onTestFinished(() => socket.close());
  return {
    id: runnerId,
    async ask(jobTypes = ["echo"]) {
      expect((await runnerPost("lease", { runnerId, pool: "cpu", jobTypes })).status).toBe(204);
    },
    async rings() {
      const pong = new Promise<void>((resolve) => {
        answered = resolve;
      });
      socket.send("ping");
      await pong;
      return rings;
    },
  };
}

/** Puts jobs straight into the pool's line. */
async function enqueue(count: number, type = "echo"): Promise<void> {
  await runInDurableObject(POOLS.get(POOLS.idFromName("cpu")), (pool) => {
    for (let n = 0; n < count; n++) {
      const jobId = `${type}-${n}`;
      (pool as PoolObject).enqueue({ jobId, owner: "a", type, priority: 5, queuedAt: 1, notBefore: null });
    }
  });
}

async function total(runners: readonly Runner[]): Promise<number> {
  return (await Promise.all(runners.map((runner) => runner.rings()))).reduce((sum, rings) => sum + rings, 0);
}

describe("a job that comes into line", () => {
  it("is told to three idle runners of twenty, and to no other", async () => {
    const runners = await Promise.all(Array.from({ length: 20 }, connect));
    for (const runner of runners) await runner.ask();
    await enqueue(1);
    expect(await total(runners)).toBe(3);
  });

  it("is told to those only that take its type", async () => {
    const [other, fitting] = [await connect(), await connect()];
    await other.ask(["text-to-3d"]);
    await fitting.ask();
    await enqueue(1);
    expect([await other.rings(), await fitting.rings()]).toEqual([0, 1]);
  });

  it("is told to every runner that may be idle: it has connected, and not asked yet", async () => {
    const runners = await Promise.all(Array.from({ length: 5 }, connect));
    await enqueue(1);
    expect(await total(runners)).toBe(5);
  });

  it("is not told to a runner that has got one, until it has asked for more in vain", async () => {
    const busy = await connect();
    const job = await submitEcho();
    const held = await lease(`runner-${names}`);
    expect(held?.jobId).toBe(job.id);
    const before = await busy.rings();
    await enqueue(1, "text-to-3d");
    expect(await busy.rings()).toBe(before);
    await busy.ask();
    await enqueue(1);
    expect(await busy.rings()).toBe(before + 1);
  });

  it("is told to a runner that was rung before only after it has asked again", async () => {
    const runner = await connect();
    await runner.ask();
    await enqueue(10);
    expect(await runner.rings()).toBe(1);
  });

  it("reaches an idle runner though the pool was evicted and knows nothing of it", async () => {
    const runners = await Promise.all(Array.from({ length: 5 }, connect));
    for (const runner of runners) await runner.ask();
    await evictAllDurableObjects();
    await enqueue(1);
    expect(await total(runners)).toBe(5);
  });
});

describe("a pool that is resumed", () => {
  it("rings all that are idle", async () => {
    const set = (paused: boolean) => adminCall("pools/cpu", { method: "PATCH", body: JSON.stringify({ paused }) });
    await set(true);
    const runners = await Promise.all(Array.from({ length: 5 }, connect));
    await enqueue(5);
    for (const runner of runners) await runner.ask();
    const before = await total(runners);
    await set(false);
    expect((await total(runners)) - before).toBe(5);
  });
});

describe("a job at work", () => {
  const help = (news: { wanted: boolean; assistants: number }, leadId: string | null) =>
    runInDurableObject(POOLS.get(POOLS.idFromName("cpu")), (pool) =>
      (pool as PoolObject).help({ jobId: "job", owner: "a", type: "echo", priority: 5, queuedAt: 1, ...news }, leadId),
    );

  it("that can use help is told to three idle runners of ten, and to three more when it still does", async () => {
    const runners = await Promise.all(Array.from({ length: 10 }, connect));
    for (const runner of runners) await runner.ask();
    await help({ wanted: true, assistants: 0 }, null);
    expect(await total(runners)).toBe(3);
    await help({ wanted: true, assistants: 1 }, null);
    expect(await total(runners)).toBe(6);
    await help({ wanted: false, assistants: 2 }, null);
    expect(await total(runners)).toBe(6);
  });

  it("has its lead told of parts, and nobody else", async () => {
    const runners = await Promise.all(Array.from({ length: 3 }, connect));
    for (const runner of runners) await runner.ask();
    await help({ wanted: false, assistants: 1 }, runners[1]?.id as string);
    expect(await Promise.all(runners.map((runner) => runner.rings()))).toEqual([0, 1, 0]);
  });

  it("that is cancelled is told to its runner and to those that assist, and to nobody else", async () => {
    const runners = await Promise.all(Array.from({ length: 4 }, connect));
    const [lead, helper] = runners as [Runner, Runner];
    const { id } = await submitEcho();
    const held = await lease(lead.id);
    const share = { leaseId: held?.leaseId, stage: "echo", names: ["p0", "p1", "p2"], atOnce: 1, setUpMs: 0 };
    await runnerPost(`jobs/${id}/parts`, share);
    await keepCheckpoint(held as Lease, "p0", "made");
    await settleWork(1);
    const call = { runnerId: helper.id, apiVersion: 2, pool: "cpu", jobTypes: ["echo"] };
    expect(await (await runnerPost("lease", call)).json()).toMatchObject({ jobId: id, assist: { stage: "echo" } });
    await settleWork(1);
    const before = await Promise.all(runners.map((runner) => runner.rings()));
    await post(`/v1/jobs/${id}/cancel`, {});
    await settleWork(1);
    const rings = await Promise.all(runners.map((runner) => runner.rings()));
    expect(rings.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 1, 0, 0]);
  });
});
