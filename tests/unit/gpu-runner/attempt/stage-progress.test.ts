/** `stage-progress.ts`: the job's percentage from its stages. */
import { describe, expect, test } from "vitest";
import { StageProgress } from "../../../../gpu-runner/attempt/stage-progress.ts";
import { testType } from "../../../helpers/runner-fixtures.ts";

function setUp(stages = ["read", "build"]) {
  const clock = { ms: 0 };
  return { clock, progress: new StageProgress(testType, stages, () => clock.ms) };
}

describe("StageProgress", () => {
  test("nothing is known before the first word of the first stage", () => {
    const { progress } = setUp();
    expect(progress.begin(0)).toEqual({ stage: "read", stageIndex: 0, stageCount: 2, percent: null, etaS: null });
    expect(progress.update(null).percent).toBeNull();
  });

  test("stages count by their weight", () => {
    const { progress } = setUp();
    progress.begin(0);
    expect(progress.update(0.5).percent).toBe(12.5);
    expect(progress.end().percent).toBe(25);
    expect(progress.begin(1)).toMatchObject({ stage: "build", stageIndex: 1, percent: 25 });
    expect(progress.update(0.5).percent).toBe(62.5);
    expect(progress.end().percent).toBe(100);
  });

  test("steps share the weight of their stage", () => {
    const { progress } = setUp(["build", "build", "build"]);
    progress.begin(0);
    expect(progress.end().percent).toBe(50);
    progress.begin(2);
    expect(progress.update(0).percent).toBe(75);
  });

  test("the percentage never falls, and never leaves 0 to 100", () => {
    const { progress } = setUp();
    progress.begin(0);
    progress.update(0.8);
    expect(progress.update(0.2).percent).toBe(20);
    expect(progress.update(null).percent).toBe(20);
    expect(progress.update(7).percent).toBe(25);
    expect(progress.update(-1).percent).toBe(25);
  });

  test("the time left is told once 10 % is done", () => {
    const { clock, progress } = setUp();
    progress.begin(0);
    clock.ms = 5_000;
    expect(progress.update(0.2).etaS).toBeNull();
    clock.ms = 10_000;
    expect(progress.end().etaS).toBe(30);
  });

  test("seconds are summed per stage", () => {
    const { clock, progress } = setUp(["read", "build", "build"]);
    for (const [index, ms] of [500, 1_000, 250].entries()) {
      progress.begin(index);
      clock.ms += ms;
      progress.end();
    }
    expect(progress.timings()).toEqual([
      { stage: "read", seconds: 0.5 },
      { stage: "build", seconds: 1.25 },
    ]);
  });

  test("a recipe whose stages are unknown or out of order is a mistake", () => {
    expect(() => setUp(["build", "read"])).toThrow(/out of order/);
    expect(() => setUp(["nope"])).toThrow(/unknown/);
  });
});
