/** Parts of a stage: on a runner alone, on the one that has the attempt while others help, and on one that assists. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease, SharedPartsStatus } from "../../../../contract/runner-api.ts";
import { AssistAttempt, type AssistLease } from "../../../../gpu-runner/attempt/assist-attempt.ts";
import { Attempt } from "../../../../gpu-runner/attempt/attempt.ts";
import type { Engines } from "../../../../gpu-runner/engines/engines.ts";
import type { JobContext, Recipe } from "../../../../gpu-runner/jobs/job.ts";
import { ApiError, LeaseLostError } from "../../../../gpu-runner/runner-api.ts";
import { FakeRunnerApi } from "../../../helpers/fake-runner-api.ts";
import { ManualClock } from "../../../helpers/manual-clock.ts";
import { makeLease, silentLog, testType } from "../../../helpers/runner-fixtures.ts";

let workRoot: string;
let api: FakeRunnerApi;
let clock: ManualClock;
/** Parts that were made here, in that order. */
let made: string[];
/** Called when one more part is there. */
let onDone: (done: number) => void;
/** Called before a part is made. */
let beforeMake: (name: string) => unknown;
beforeEach(async () => {
  workRoot = await mkdtemp(join(tmpdir(), "kiln-test-"));
  api = new FakeRunnerApi();
  clock = new ManualClock();
  made = [];
  beforeMake = () => {};
  onDone = () => {};
});
afterEach(async () => {
  expect(await readdir(workRoot), "the workspace is removed").toEqual([]);
  await rm(workRoot, { recursive: true });
});

const partNames = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

async function makeThem(context: JobContext, count: number, atOnce: number) {
  const parts = partNames(count).map((name) => ({ name, path: join(context.workDir, name) }));
  return context.makeParts({
    parts,
    atOnce,
    repeats: ["read"],
    onDone: (done) => onDone(done),
    open: async () => ({
      make: async ({ name, path }) => {
        await beforeMake(name);
        made.push(name);
        await writeFile(path, name);
      },
      close: async () => {},
    }),
  });
}

/** A stage before, `count` parts, and a file that joins them. */
function recipeOf(count: number, atOnce = 1, readMs = 0): Recipe {
  return {
    type: testType,
    engines: [],
    createState: () => null,
    steps: [
      {
        stage: "read",
        run: async ({ checkpoints, workDir }) => {
          await clock.advance(readMs);
          await writeFile(join(workDir, "read"), "read");
          await checkpoints.write("read.tar", join(workDir, "read"));
        },
      },
      {
        stage: "build",
        run: async (context) => {
          const { resumed, byOthers } = await makeThem(context, count, atOnce);
          const texts = await Promise.all(
            partNames(count).map((name) => readFile(join(context.workDir, name), "utf8")),
          );
          await writeFile(join(context.outDir, "a.txt"), texts.join(" "));
          context.report({ resumed: resumed.length, byOthers: byOthers.length });
        },
      },
    ],
  };
}

const deps = (recipe: Recipe) => ({
  api,
  recipes: new Map([["test", recipe]]),
  engines: {} as Engines,
  workRoot,
  clock,
  log: silentLog,
});
const lead = (recipe: Recipe) => new Attempt(makeLease(), deps(recipe));
const names = () => api.calls.map(({ name }) => name);
const report = () => (api.of("complete")[0]?.[1] as { report: Record<string, unknown> } | undefined)?.report;

/** What others have, as the next heartbeat tells it. */
async function tell(attempt: Attempt, parts: SharedPartsStatus | undefined): Promise<void> {
  const beats = api.of("extend").length;
  api.status = { ...api.status, parts };
  attempt.hurry();
  await api.called("extend", beats + 1);
}

describe("the runner that has the job", () => {
  test("alone makes all parts in their order, and sharing has cost it one call", async () => {
    expect(await lead(recipeOf(4)).run()).toBe("succeeded");
    expect(made).toEqual(partNames(4));
    expect(api.artifacts.get("a.txt")).toBe("p0 p1 p2 p3");
    expect(names().filter((name) => !["progress", "logs"].includes(name))).toEqual([
      "listCheckpoints",
      "putCheckpoint",
      "announceParts",
      ...partNames(4).map(() => "putCheckpoint"),
      "putArtifact",
      "complete",
    ]);
    expect(report()).toEqual({ resumed: 0, byOthers: 0 });
  });

  test("announces the parts that are missing, how many it makes at once, and what help has to repeat", async () => {
    api.checkpoints.set("p1", "p1");
    expect(await lead(recipeOf(4, 2, 3_000)).run()).toBe("succeeded");
    const [, request] = api.of("announceParts")[0] ?? [];
    expect(request).toEqual({ stage: "build", names: ["p0", "p2", "p3"], atOnce: 2, setUpMs: 3_000 });
    expect(report()).toEqual({ resumed: 1, byOthers: 0 });
  });

  test("announces nothing when all that is missing is begun at once", async () => {
    expect(await lead(recipeOf(3, 3)).run()).toBe("succeeded");
    expect(names()).not.toContain("announceParts");
  });

  test.each([
    ["does not know parts", null],
    ["can't be reached", new ApiError("parts", null, null, "no answer")],
    ["fails", new ApiError("parts", 503, "unavailable", "busy")],
  ])("makes them all itself when the Worker %s", async (_, answer) => {
    api.announceParts = async () => {
      if (answer) throw answer;
      return null;
    };
    expect(await lead(recipeOf(4)).run()).toBe("succeeded");
    expect(made).toEqual(partNames(4));
  });

  test("ends when the lease is lost as it announces", async () => {
    api.before = ({ name }) => {
      if (name === "announceParts") throw new LeaseLostError("parts");
    };
    expect(await lead(recipeOf(4)).run()).not.toBe("succeeded");
    expect(made).toEqual([]);
  });

  test("counts what others have made as soon as it hears of it, and each once", async () => {
    const counts: number[] = [];
    onDone = (done) => counts.push(done);
    const attempt = lead(recipeOf(4));
    beforeMake = async (name) => {
      if (name !== "p0") return;
      for (const part of ["p2", "p3"]) api.checkpoints.set(part, part);
      await tell(attempt, { taken: [], done: [2, 3] });
    };
    expect(await attempt.run()).toBe("succeeded");
    expect(counts).toEqual([2, 3, 4]);
    expect(report()).toEqual({ resumed: 0, byOthers: 2 });
  });

  test("leaves out what others have, waits for it at the end without a call, and takes what they made", async () => {
    const attempt = lead(recipeOf(5));
    beforeMake = (name) => (name === "p0" ? tell(attempt, { taken: [3, 4], done: [] }) : undefined);
    const outcome = attempt.run();
    await api.called("putCheckpoint", 4);
    await clock.advance(1_000);
    const quiet = api.calls.length;
    await clock.advance(5_000);
    expect(api.calls.length).toBe(quiet);
    expect(made).toEqual(["p0", "p1", "p2"]);
    for (const name of ["p3", "p4"]) api.checkpoints.set(name, name);
    await tell(attempt, { taken: [], done: [3, 4] });
    expect(await outcome).toBe("succeeded");
    expect(api.artifacts.get("a.txt")).toBe("p0 p1 p2 p3 p4");
    expect(report()).toEqual({ resumed: 0, byOthers: 2 });
  });

  test.each([
    ["whose claim ran out", undefined],
    ["whose checkpoint can't be read", { taken: [], done: [2] }],
  ])("makes a part itself %s", async (_, later) => {
    const attempt = lead(recipeOf(3));
    beforeMake = (name) => (name === "p0" ? tell(attempt, { taken: [2], done: [] }) : undefined);
    const outcome = attempt.run();
    await api.called("putCheckpoint", 3);
    await tell(attempt, later);
    expect(await outcome).toBe("succeeded");
    expect(made).toEqual(["p0", "p1", "p2"]);
    expect(report()).toEqual({ resumed: 0, byOthers: 0 });
  });

  test("makes a part itself that others take too long for: they may be stuck, though they are alive", async () => {
    const attempt = lead(recipeOf(3));
    beforeMake = async (name) => {
      if (name === "p0") await tell(attempt, { taken: [1, 2], done: [] });
      // The longest part took 12 s here: others may take 36.
      if (name === "p0") await clock.advance(12_000);
    };
    const firstDone = Promise.withResolvers<void>();
    onDone = (done) => done === 1 && firstDone.resolve();
    const outcome = attempt.run();
    await firstDone.promise;
    await clock.advance(35_000);
    expect(made).toEqual(["p0"]);
    await clock.advance(2_000);
    expect(await outcome).toBe("succeeded");
    expect(made).toEqual(["p0", "p1", "p2"]);
  });

  test("stops while it waits for others when it is told to", async () => {
    const attempt = lead(recipeOf(2));
    beforeMake = () => tell(attempt, { taken: [1], done: [] });
    const outcome = attempt.run();
    await api.called("putCheckpoint", 2);
    attempt.stop("shutdown");
    expect(await outcome).toBe("released");
  });
});

describe("a runner that assists", () => {
  const assistLease = (more: Partial<Lease> = {}) =>
    makeLease({ leaseId: "b".repeat(32), assist: { stage: "build", setUpMs: 100 }, ...more }) as AssistLease;
  const assistant = (recipe: Recipe, lease = assistLease()) =>
    new AssistAttempt(lease, { ...deps(recipe), pool: "cpu", jobTypes: ["test"] });

  test("makes what it claims until there is nothing more, keeps only that, and gives the lease back", async () => {
    api.claims.push(["p4"], ["p3"]);
    expect(await assistant(recipeOf(5)).run()).toBe("assisted");
    expect(made).toEqual(["p4", "p3"]);
    expect([...api.checkpoints.keys()]).toEqual(["p4", "p3"]);
    expect(names().filter((name) => name !== "listCheckpoints")).toEqual([
      "claimParts",
      "putCheckpoint",
      "claimParts",
      "putCheckpoint",
      "claimParts",
      "release",
    ]);
    expect(api.of("claimParts")[0]?.[1]).toEqual({ count: 1, pool: "cpu", jobTypes: ["test"], fetchesUrls: true });
    expect(api.of("release")[0]?.[1]).toBe("shutdown");
  });

  test("with room for several makes each of its claims once", async () => {
    api.claims.push(["p4", "p3"], ["p4", "p3"], ["p3", "p2"], ["p2"]);
    expect(await assistant(recipeOf(5, 2)).run()).toBe("assisted");
    expect(made.sort()).toEqual(["p2", "p3", "p4"]);
  });

  test("claims nothing more when it is to finish", async () => {
    api.claims.push(["p4"], ["p3"]);
    const attempt = assistant(recipeOf(5));
    beforeMake = () => attempt.finish();
    expect(await attempt.run()).toBe("assisted");
    expect(made).toEqual(["p4"]);
  });

  test("goes no further than the stage, though it is done already", async () => {
    const steps: string[] = [];
    const stepOf = (stage: string) => ({ stage, run: async () => void steps.push(stage) });
    const done: Recipe = { ...recipeOf(1), steps: [stepOf("read"), stepOf("build")] };
    expect(await assistant(done, assistLease({ assist: { stage: "read", setUpMs: 0 } })).run()).toBe("assisted");
    expect(steps).toEqual(["read"]);
    expect(names()).toEqual(["release"]);
  });

  test("sends what its steps say to the job's log, before it gives the lease back", async () => {
    const run = async ({ warn }: JobContext) => warn("it is dark here");
    const says: Recipe = { ...recipeOf(1), steps: [{ stage: "read", run }] };
    expect(await assistant(says, assistLease({ assist: { stage: "read", setUpMs: 0 } })).run()).toBe("assisted");
    expect(names()).toEqual(["logs", "release"]);
    expect(api.of("logs")[0]?.slice(1)).toEqual([1, ["Warning: it is dark here"]]);
  });

  test.each([
    ["cancel", "canceled", ["canceled"]],
    ["shutdown", "released", ["shutdown"]],
    ["lease_lost", "lease_lost", []],
  ] as const)("stopped by %s ends as %s, and says so", async (reason, outcome, released) => {
    api.claims.push(["p4"], ["p3"]);
    const attempt = assistant(recipeOf(5));
    beforeMake = () => attempt.stop(reason);
    expect(await attempt.run()).toBe(outcome);
    expect(api.of("release").map(([, why]) => why)).toEqual(released);
  });

  test("whose claim is refused as lost says nothing more", async () => {
    api.before = ({ name }) => {
      if (name === "claimParts") throw new LeaseLostError("parts/claim");
    };
    expect(await assistant(recipeOf(5)).run()).toBe("lease_lost");
    expect(made).toEqual([]);
  });

  test.each([
    ["a part fails", { claims: ["p4"], fails: true }],
    ["the other runner has parts that there are none of here", { claims: ["other"], fails: false }],
  ])("gives the lease back when %s, and the job hears nothing of it but in its log", async (_, { claims, fails }) => {
    api.claims.push(claims);
    beforeMake = () => {
      if (fails) throw new Error("no memory");
    };
    expect(await assistant(recipeOf(5)).run()).toBe("failed");
    expect(names().filter((name) => !["listCheckpoints", "logs"].includes(name))).toEqual(["claimParts", "release"]);
  });

  test("that is not ready in time gives up: what it was to find is not there", async () => {
    const reading = Promise.withResolvers<void>();
    const recipe: Recipe = {
      ...recipeOf(1),
      steps: [
        {
          stage: "read",
          run: (context) =>
            new Promise((_, reject) => {
              context.signal.addEventListener("abort", () => reject(context.signal.reason));
              reading.resolve();
            }),
        },
      ],
    };
    const outcome = assistant(recipe, assistLease({ ttlMs: 600_000 })).run();
    await reading.promise;
    await clock.advance(60_001);
    expect(await outcome).toBe("failed");
    expect(names().at(-1)).toBe("release");
  });
});
