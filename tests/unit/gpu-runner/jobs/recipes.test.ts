/** Every job type of the contract has a recipe here, and the two agree. */
import { describe, expect, test } from "vitest";
import { JOB_TYPES } from "../../../../contract/job-types/registry.ts";
import { StageProgress } from "../../../../gpu-runner/attempt/stage-progress.ts";
import { RECIPES } from "../../../../gpu-runner/jobs/recipes.ts";

test("every job type has a recipe, and every recipe is of a job type", () => {
  expect([...RECIPES.keys()].sort()).toEqual(JOB_TYPES.map((type) => type.name).sort());
});

describe.each(JOB_TYPES.map((type) => [type.name, type] as const))("the recipe of %s", (name, type) => {
  const recipe = RECIPES.get(name);

  test("is of this very definition", () => {
    expect(recipe?.type).toBe(type);
  });

  test("has a step for every stage, in order, and ends at 100 %", () => {
    const stages = recipe?.steps.map((step) => step.stage) ?? [];
    expect([...new Set(stages)]).toEqual(type.stages.map((stage) => stage.name));
    const progress = new StageProgress(type, stages, () => 0);
    stages.forEach((_, index) => void progress.begin(index));
    expect(progress.end().percent).toBe(100);
  });

  test("makes a new state for every attempt", () => {
    const states = [recipe?.createState(), recipe?.createState()];
    // A state may throw when a matcher looks into it, hence the plain comparison.
    const isShared = states[0] !== null && states[0] === states[1];
    expect(isShared).toBe(false);
  });
});

describe("what photogrammetry leaves idle", () => {
  const recipe = RECIPES.get("photogrammetry");
  const idle = (params: object) => {
    const all = recipe?.type.params.parse(params) as Record<string, unknown>;
    return { engines: recipe?.idleEngines?.(all), stages: recipe?.idleStages?.(all) };
  };

  test("is rembg unless the subject is to be found", () => {
    expect(idle({})).toEqual({ engines: ["rembg"], stages: ["mask"] });
    expect(idle({ mask: "subject" })).toEqual({ engines: [], stages: [] });
  });

  test("is all that comes after what was asked for", () => {
    expect(idle({ until: "check" }).stages).toEqual(expect.arrayContaining(["match", "align", "depth", "texture"]));
    expect(idle({ until: "cameras" }).stages).toEqual(["mask", "depth", "mesh", "texture"]);
    expect(idle({ until: "cameras" }).engines).toEqual(["rembg", "preview", "solid"]);
  });
});
