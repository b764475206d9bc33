/** A pool: its order, its fairness, what it costs, how it is paused, and how it gets back what it lost. */
import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { PoolStatus } from "#contract/admin-api.ts";
import { POOL_CONFIRM_MS } from "#contract/limits.ts";
import type { PoolObject } from "../../../worker/durable/pool.do.ts";
import type { Env } from "../../../worker/env.ts";
import {
  API_KEY,
  adminCall,
  call,
  finishEcho,
  lease,
  OTHER_API_KEY,
  post,
  problemOf,
  RUNNER_KEY,
  runnerPost,
  submitEcho,
} from "../../helpers/worker-api.ts";

const { JOBS, POOLS } = env as unknown as Env;

/** Runs `use` inside a pool's object. */
function inPool<T>(use: (pool: PoolObject, sql: SqlStorage) => T, name = "cpu"): Promise<T> {
  return runInDurableObject(POOLS.get(POOLS.idFromName(name)), (pool, { storage }) =>
    use(pool as PoolObject, storage.sql),
  );
}

/** A pool's own calls, with short names: jobs are named `<owner><number>`. */
function lineOf(pool: PoolObject) {
  let time = 0;
  let calls = 0;
  return {
    add(owner: string, count: number, rest: { priority?: number; type?: string } = {}): void {
      for (let i = 0; i < count; i++) {
        time += 1;
        const entry = { jobId: `${owner}${time}`, owner, type: "echo", priority: 5, queuedAt: time, ...rest };
        pool.enqueue({ ...entry, notBefore: null });
      }
    },
    /** Offers and grants `count` jobs; answers their owners. */
    serve(count: number, types = ["echo"]): string[] {
      return Array.from({ length: count }, () => {
        calls += 1;
        const place = pool.offer(types, `lease-${calls}`, "runner");
        if (!place) return "-";
        const owner = place.jobId.replace(/\d+$/, "");
        pool.take({ ...place, owner, type: types[0] as string, priority: 5 });
        return owner;
      });
    },
  };
}

function tally(owners: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const owner of owners) counts[owner] = (counts[owner] ?? 0) + 1;
  return counts;
}

async function patch(settings: object): Promise<PoolStatus> {
  const response = await adminCall("pools/cpu", { method: "PATCH", body: JSON.stringify(settings) });
  expect(response.status).toBe(200);
  return (await response.json()) as PoolStatus;
}

describe("the order of a pool", () => {
  it("serves two owners in turn, though one has 900 jobs in line before the other's 100", async () => {
    const served = await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 900);
      line.add("b", 100);
      return line.serve(100);
    });
    expect(tally(served)).toEqual({ a: 50, b: 50 });
    // Not in blocks either.
    expect(tally(served.slice(0, 10))).toEqual({ a: 5, b: 5 });
  });

  it("gives no credit to an owner that was idle while others were served", async () => {
    const served = await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 300);
      line.add("b", 1);
      line.serve(200);
      line.add("b", 100);
      return line.serve(20);
    });
    expect(tally(served)).toEqual({ a: 10, b: 10 });
  });

  it("does not let an owner start anew by leaving the line for a moment", async () => {
    const served = await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 100);
      line.add("b", 2);
      return Array.from({ length: 40 }, () => {
        // `b` has never more than one or two jobs in line.
        const [owner] = line.serve(1);
        if (owner === "b") line.add("b", 1);
        return owner as string;
      });
    });
    expect(tally(served)).toEqual({ a: 20, b: 20 });
  });

  it("is fair inside a band of priority only: a higher band goes first", async () => {
    const served = await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 5, { priority: 9 });
      line.add("b", 5);
      return line.serve(7);
    });
    expect(served).toEqual(["a", "a", "a", "a", "a", "b", "b"]);
  });

  it("is shared by owners, not by types of jobs", async () => {
    const served = await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 50, { type: "echo" });
      line.add("a", 50, { type: "animate" });
      line.add("b", 50, { type: "echo" });
      return line.serve(40, ["echo", "animate"]);
    });
    expect(tally(served)).toEqual({ a: 20, b: 20 });
  });

  it("is the same after the pool was evicted in the middle", async () => {
    await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 90);
      line.add("b", 10);
    });
    const owners: string[] = [];
    for (let i = 0; i < 10; i++) {
      owners.push(
        await inPool((pool) => pool.offer(["echo"], `lease-${i}`, "runner")?.jobId.replace(/\d+$/, "") ?? "-"),
      );
      await evictAllDurableObjects();
    }
    expect(tally(owners)).toEqual({ a: 5, b: 5 });
  });
});

describe("the cost of a pool", () => {
  /** Statements, and rows read and written, while `use` runs. */
  function costOf(sql: SqlStorage, use: () => void): { statements: number; rows: number } {
    const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
    const exec = sql.exec.bind(sql);
    sql.exec = ((query: string, ...bindings: unknown[]) => {
      const cursor = exec(query, ...bindings);
      cursors.push(cursor);
      return cursor;
    }) as typeof sql.exec;
    use();
    delete (sql as { exec?: unknown }).exec;
    return {
      statements: cursors.length,
      rows: cursors.reduce((sum, { rowsRead, rowsWritten }) => sum + rowsRead + rowsWritten, 0),
    };
  }

  it("does not grow with the line: enqueue, offer and take touch as many rows with 10,000 jobs as with 10", async () => {
    const costs = await inPool((pool, sql) => {
      const line = lineOf(pool);
      const measure = () => ({
        enqueue: costOf(sql, () => line.add("b", 1)),
        lease: costOf(sql, () => line.serve(1)),
      });
      line.add("a", 5);
      line.add("b", 5);
      const short = measure();
      line.add("a", 9_000);
      line.add("b", 1_000);
      return { short, long: measure() };
    });
    for (const step of ["enqueue", "lease"] as const) {
      expect(costs.long[step].statements).toBe(costs.short[step].statements);
      expect(costs.long[step].rows).toBeLessThanOrEqual(costs.short[step].rows + 2);
      expect(costs.long[step].rows).toBeLessThan(60);
    }
  });

  it("does not grow with the number of owners that wait", async () => {
    const [few, many] = await inPool((pool, sql) => {
      const line = lineOf(pool);
      const join = (from: number, to: number) => {
        for (let owner = from; owner < to; owner++) line.add(`owner-${owner}-`, 2);
      };
      join(0, 5);
      const few = costOf(sql, () => line.serve(1));
      join(5, 500);
      return [few, costOf(sql, () => line.serve(1))] as const;
    });
    expect(many.rows).toBeLessThanOrEqual(few.rows + 2);
  });
});

describe("64 runners that lease at once", () => {
  it("get each job once, and nothing when there is no more", async () => {
    const jobs = await Promise.all(Array.from({ length: 32 }, () => submitEcho()));
    await vi.waitFor(async () => expect(await inPool((pool) => pool.status())).toMatchObject({ ready: 32 }));
    const leases = await Promise.all(Array.from({ length: 64 }, (_, i) => lease(`runner-${i}`)));
    const ids = leases.flatMap((held) => (held ? [held.jobId] : []));
    expect(ids.sort()).toEqual(jobs.map(({ id }) => id).sort());
  });
});

describe("the cap on an owner's jobs in flight", () => {
  it("holds its next job back while it has as many as it may, and lets others pass", async () => {
    await patch({ maxInFlightPerOwner: 2 });
    const first = await submitEcho();
    const rest = [await submitEcho(), await submitEcho()];
    const other = (await (await post("/v1/jobs", { type: "echo", params: {} }, { "X-API-Key": API_KEY })).json()) as {
      id: string;
    };
    const held = [await lease(), await lease(), await lease()];
    expect(new Set(held.map((entry) => entry?.jobId))).toEqual(new Set([first.id, rest[0]?.id, other.id]));
    expect(await lease()).toBeNull();
    const mine = held.find((entry) => entry?.jobId === first.id);
    if (!mine) throw new Error("no lease");
    await finishEcho(mine);
    await vi.waitFor(async () => expect((await lease())?.jobId).toBe(rest[1]?.id));
  });

  it("can be raised at any time", async () => {
    await patch({ maxInFlightPerOwner: 1 });
    await submitEcho();
    await submitEcho();
    expect(await lease()).not.toBeNull();
    expect(await lease()).toBeNull();
    await patch({ maxInFlightPerOwner: 5 });
    expect(await lease()).not.toBeNull();
  });

  it("forgets a job at work that nobody has told of for long, so that a lost message blocks nobody for ever", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await patch({ maxInFlightPerOwner: 1 });
    await inPool((pool) => {
      const line = lineOf(pool);
      line.add("a", 2);
      expect(line.serve(2)).toEqual(["a", "-"]);
      vi.setSystemTime(Date.now() + 3 * POOL_CONFIRM_MS + 1);
      expect(line.serve(1)).toEqual(["a"]);
    });
  });
});

describe("a paused pool", () => {
  it("takes jobs and offers none until it is resumed, over evictions; what is at work goes on", async () => {
    await submitEcho();
    const atWork = await lease();
    if (!atWork) throw new Error("no lease");
    expect(await patch({ paused: true })).toMatchObject({ paused: true });
    const job = await submitEcho();
    await evictAllDurableObjects();
    expect(await lease()).toBeNull();
    expect(await (await finishEcho(atWork)).json()).toEqual({ state: "succeeded" });
    expect(await patch({ paused: false })).toMatchObject({ paused: false, ready: 1 });
    expect((await lease())?.jobId).toBe(job.id);
  });

  it("is set by the operator's key only, and refuses what it does not know", async () => {
    for (const key of [OTHER_API_KEY, RUNNER_KEY]) {
      const headers = { "Content-Type": "application/json", Authorization: `Bearer ${key}` };
      const foreign = await call("/admin/v1/pools/cpu", { method: "PATCH", body: '{"paused":true}', headers });
      expect((await problemOf(foreign)).status).toBe(401);
    }
    for (const body of ['{"pause":true}', '{"maxInFlightPerOwner":0}']) {
      expect((await problemOf(await adminCall("pools/cpu", { method: "PATCH", body }))).status).toBe(400);
    }
  });
});

describe("what a pool has lost", () => {
  it("is told again by the jobs: those in line and those at work", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = await submitEcho();
    vi.setSystemTime(Date.now() + 1_000);
    const second = await submitEcho();
    const held = await lease();
    expect(held?.jobId).toBe(first.id);
    const status = () => inPool((pool) => pool.status());
    await vi.waitFor(async () => expect(await status()).toMatchObject({ ready: 1, inFlight: 1 }));
    await inPool((_, sql) => {
      for (const table of ["places", "lanes", "shares", "bands", "offers"]) sql.exec(`DELETE FROM ${table}`);
    });
    expect(await lease()).toBeNull();
    vi.setSystemTime(Date.now() + POOL_CONFIRM_MS);
    await runnerPost(`jobs/${first.id}/extend`, { leaseId: held?.leaseId });
    for (const { id } of [first, second]) await runDurableObjectAlarm(JOBS.get(JOBS.idFromName(id)));
    expect(await status()).toMatchObject({ ready: 1, inFlight: 1 });
    expect((await lease())?.jobId).toBe(second.id);
  });

  it("does not come back by a message that is late: an older turn changes nothing", async () => {
    await inPool((pool) => {
      const entry = { jobId: "job", owner: "a", type: "echo", priority: 5 };
      pool.enqueue({ ...entry, queuedAt: 2, notBefore: null });
      pool.enqueue({ ...entry, queuedAt: 1, notBefore: null });
      pool.take({ ...entry, queuedAt: 1 });
      pool.remove({ jobId: "job", queuedAt: 1 });
      expect(pool.status()).toMatchObject({ ready: 1, inFlight: 0 });
      expect(pool.offer(["echo"], "lease", "runner")).toEqual({ jobId: "job", queuedAt: 2 });
      expect(pool.offer(["echo"], "lease", "runner")).toEqual({ jobId: "job", queuedAt: 2 });
    });
  });
});
