/** `lease-loop.ts` against a Worker in memory: when it leases, what it offers, how it ends. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease, RegisterRequest } from "../../../contract/runner-api.ts";
import type { Engine } from "../../../gpu-runner/engines/engine.ts";
import type { Engines } from "../../../gpu-runner/engines/engines.ts";
import type { JobContext, Recipe } from "../../../gpu-runner/jobs/job.ts";
import { LeaseLoop, type LeaseLoopOptions } from "../../../gpu-runner/lease-loop.ts";
import { ApiError } from "../../../gpu-runner/runner-api.ts";
import { FakeRunnerApi } from "../../helpers/fake-runner-api.ts";
import { ManualClock } from "../../helpers/manual-clock.ts";
import { makeLease, makeRecipe, silentLog, testType } from "../../helpers/runner-fixtures.ts";

let workRoot: string;
let api: FakeRunnerApi;
let clock: ManualClock;
let stop: AbortController;
beforeEach(async () => {
  workRoot = await mkdtemp(join(tmpdir(), "kiln-test-"));
  api = new FakeRunnerApi();
  clock = new ManualClock();
  stop = new AbortController();
});
afterEach(async () => {
  expect(await readdir(workRoot)).toEqual([]);
  await rm(workRoot, { recursive: true });
});

const working: Engine = {
  probe: async () => ({ ok: true, version: "1" }),
  warm: () => {},
  ready: async () => {},
  close: async () => {},
};
const missing: Engine = { ...working, probe: async () => ({ ok: false, missing: "Blender", fix: "npm run setup" }) };
const broken: Engine = { ...working, ready: async () => Promise.reject(new Error("ImportError")) };

function makeLoop(
  recipes: Recipe[],
  more: Partial<LeaseLoopOptions> = {},
  engines: Partial<Record<keyof Engines, Engine>> = {},
) {
  return new LeaseLoop({
    api,
    recipes: new Map(recipes.map((recipe) => [recipe.type.name, recipe])),
    engines: engines as unknown as Engines,
    workRoot,
    clock,
    log: silentLog,
    runnerId: "run_1",
    name: "test",
    pool: "cpu",
    slots: 1,
    mode: "serve",
    jobTypes: undefined,
    sandbox: "none",
    ...more,
  });
}

const writeA = ({ outDir }: JobContext) => writeFile(join(outDir, "a.txt"), "hello");
const lease = (number: number) => makeLease({ jobId: `job_${String(number).padStart(26, "0")}` });
const registrations = () => api.of("register").map(([request]) => request as RegisterRequest);

/** Attempts that wait until the test lets them go on. `begun` resolves when `count` of them run. */
function gatedRecipe(count = 2) {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const recipe = makeRecipe(async (context) => {
    if (--count === 0) begun.resolve();
    const aborted = new Promise<never>((_, reject) =>
      context.signal.addEventListener("abort", () => reject(context.signal.reason)),
    );
    await Promise.race([gate.promise, aborted]);
    await writeA(context);
  });
  return { recipe, begun: begun.promise, open: gate.resolve };
}

describe("drain", () => {
  test("runs every job of the pool, then ends", async () => {
    api.leases.push(lease(1), lease(2), lease(3));
    const outcomes: string[] = [];
    const loop = makeLoop([makeRecipe(writeA)], {
      mode: "drain",
      onOutcome: (type, outcome) => outcomes.push(`${type} ${outcome}`),
    });
    await loop.run(stop.signal);
    expect(outcomes).toEqual(["test succeeded", "test succeeded", "test succeeded"]);
    expect(loop.ready).toBe(false);
  });

  test("does not open the doorbell", async () => {
    await makeLoop([makeRecipe(writeA)], { mode: "drain", openDoorbell: () => expect.unreachable() }).run(stop.signal);
  });

  test("waits for the attempt that still runs before it ends", async () => {
    api.leases.push(lease(1));
    const { recipe, open } = gatedRecipe();
    let ended = false;
    const run = makeLoop([recipe], { mode: "drain", slots: 2 })
      .run(stop.signal)
      .then(() => {
        ended = true;
      });
    await api.called("lease", 2);
    await clock.advance(60_000);
    expect(ended).toBe(false);
    open();
    await run;
  });
});

describe("serve", () => {
  test("registers as not ready, warms, registers as ready, and stays registered", async () => {
    const run = makeLoop([makeRecipe(writeA)]).run(stop.signal);
    await api.called("register", 2);
    expect(registrations().map(({ ready }) => ready)).toEqual([false, true]);
    expect(registrations()[1]).toMatchObject({ runnerId: "run_1", pool: "cpu", jobTypes: ["test"], slots: 1 });
    await api.called("lease");
    await clock.advance(18_000);
    expect(registrations().length).toBeGreaterThan(2);
    stop.abort();
    await run;
  });

  test("leases no more than it has slots, and again when one is free", async () => {
    api.leases.push(lease(1), lease(2), lease(3));
    const { recipe, begun, open } = gatedRecipe();
    const run = makeLoop([recipe], { slots: 2 }).run(stop.signal);
    await begun;
    await clock.advance(100_000);
    expect(api.of("lease")).toHaveLength(2);
    open();
    await api.called("complete", 3);
    stop.abort();
    await run;
  });

  test("a ring of the doorbell makes it lease at once, the poll after a while", async () => {
    const doorbell = Promise.withResolvers<{ onWork(): void }>();
    const openDoorbell: LeaseLoopOptions["openDoorbell"] = (events) => {
      doorbell.resolve(events);
      return { close: () => {} };
    };
    const run = makeLoop([makeRecipe(writeA)], { openDoorbell }).run(stop.signal);
    const { onWork } = await doorbell.promise;
    await api.called("lease", 1);
    await clock.advance(0);
    onWork();
    await api.called("lease", 2);
    await clock.advance(18_000);
    await api.called("lease", 3);
    stop.abort();
    await run;
  });

  test("a cancel by the doorbell ends that job only", async () => {
    api.leases.push(lease(1), lease(2));
    const { recipe, begun, open } = gatedRecipe();
    const doorbell = Promise.withResolvers<{ onCancel(jobId: string): void }>();
    const openDoorbell: LeaseLoopOptions["openDoorbell"] = (events) => {
      doorbell.resolve(events);
      return { close: () => {} };
    };
    const run = makeLoop([recipe], { slots: 2, openDoorbell }).run(stop.signal);
    await begun;
    (await doorbell.promise).onCancel(lease(2).jobId);
    await api.called("release");
    expect(api.of("release").map(([job, reason]) => [(job as Lease).jobId, reason])).toEqual([
      [lease(2).jobId, "canceled"],
    ]);
    open();
    await api.called("complete");
    stop.abort();
    await run;
  });

  test("a failed lease call is tried again at the next poll", async () => {
    let failures = 1;
    api.before = ({ name }) => {
      if (name === "lease" && failures-- > 0) throw new ApiError("lease", 503, null, "busy");
    };
    const run = makeLoop([makeRecipe(writeA)]).run(stop.signal);
    await api.called("lease", 1);
    await clock.advance(18_000);
    await api.called("lease", 2);
    stop.abort();
    await run;
  });

  test("a lease request that had no answer is asked again under the same id, the next one under another", async () => {
    let failures = 1;
    api.leases.push(lease(1));
    api.before = ({ name }) => {
      if (name === "lease" && failures-- > 0) throw new ApiError("lease", null, null, "reset");
    };
    const run = makeLoop([makeRecipe(writeA)]).run(stop.signal);
    await api.called("lease", 1);
    await clock.advance(18_000);
    await api.called("complete");
    await api.called("lease", 3);
    const ids = api.of("lease").map(([request]) => (request as { requestId: string }).requestId);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    stop.abort();
    await run;
  });

  test("told to finish, it takes nothing new, says so, and ends with its last job", async () => {
    api.leases.push(lease(1), lease(2));
    const { recipe, begun, open } = gatedRecipe(1);
    const finish = new AbortController();
    const loop = makeLoop([recipe]);
    const run = loop.run(stop.signal, finish.signal);
    await begun;
    finish.abort();
    await api.called("register", 3);
    expect(registrations().at(-1)?.ready).toBe(false);
    expect(loop.ready).toBe(false);
    open();
    await run;
    expect(api.of("complete")).toHaveLength(1);
    expect(api.leases).toHaveLength(1);
  });

  test("told to stop while it finishes, it gives the job back", async () => {
    api.leases.push(lease(1));
    const { recipe, begun } = gatedRecipe(1);
    const finish = new AbortController();
    const run = makeLoop([recipe]).run(stop.signal, finish.signal);
    await begun;
    finish.abort();
    stop.abort();
    await run;
    expect(api.of("release").map(([, reason]) => reason)).toEqual(["shutdown"]);
  });

  test("on shutdown every running job is given back, and no more is leased", async () => {
    api.leases.push(lease(1), lease(2), lease(3));
    const { recipe, begun } = gatedRecipe();
    const run = makeLoop([recipe], { slots: 2 }).run(stop.signal);
    await begun;
    stop.abort();
    await run;
    expect(api.of("release").map(([, reason]) => reason)).toEqual(["shutdown", "shutdown"]);
    expect(api.leases).toHaveLength(1);
  });

  test("a lease that comes in during the shutdown is given back", async () => {
    api.leases.push(lease(1));
    api.before = ({ name }) => {
      if (name === "lease") stop.abort();
    };
    await makeLoop([makeRecipe(writeA)]).run(stop.signal);
    expect(api.of("release")).toHaveLength(1);
    expect(api.of("complete")).toHaveLength(0);
  });
});

describe("what it offers", () => {
  const needs = (name: string, engine: keyof Engines): Recipe => ({
    ...makeRecipe(writeA),
    type: { ...testType, name },
    engines: [engine],
  });

  test("job types whose engine is missing or does not start are left out", async () => {
    const recipes = [needs("a", "echo"), needs("b", "blender"), needs("c", "solid")];
    await makeLoop(recipes, { mode: "drain" }, { echo: working, blender: missing, solid: broken }).run(stop.signal);
    expect(registrations().at(-1)?.jobTypes).toEqual(["a"]);
    expect(registrations().at(-1)?.engines).toMatchObject({ echo: "1" });
  });

  test("only the wanted types are offered, and only their engines are warmed", async () => {
    const recipes = [needs("a", "echo"), needs("b", "blender")];
    const untouched: Engine = { ...working, warm: () => expect.unreachable() };
    await makeLoop(recipes, { mode: "drain", jobTypes: ["a"] }, { echo: working, blender: untouched }).run(stop.signal);
    expect(registrations().at(-1)?.jobTypes).toEqual(["a"]);
  });

  test("a runner that can do nothing, or is asked for an unknown type, says so", async () => {
    await expect(makeLoop([needs("a", "blender")], {}, { blender: missing }).run(stop.signal)).rejects.toThrow(
      /No job type works/,
    );
    await expect(makeLoop([makeRecipe(writeA)], { jobTypes: ["nope"] }).run(stop.signal)).rejects.toThrow(
      /nope.*Known: test/,
    );
  });
});

describe("a Worker that can't be reached", () => {
  test("is waited for", async () => {
    let failures = 3;
    api.before = ({ name }) => {
      if (name === "register" && failures-- > 0) throw new ApiError("register", null, null, "refused");
    };
    const run = makeLoop([makeRecipe(writeA)]).run(stop.signal);
    await api.called("register");
    await clock.advance(60_000);
    await api.called("lease");
    stop.abort();
    await run;
  });

  test.each([401, 403, 426])("a refusal with %i ends the runner", async (status) => {
    api.before = () => {
      throw new ApiError("register", status, null, "no");
    };
    await expect(makeLoop([makeRecipe(writeA)]).run(stop.signal)).rejects.toMatchObject({ status });
  });
});
