import { describe, expect, it } from "vitest";
import { textTo3d, textTo3dParamsSchema } from "#contract/job-types/text-to-3d.ts";
import type { Engines } from "../../../../../gpu-runner/engines/engines.ts";
import { type JobContext, JobFailure } from "../../../../../gpu-runner/jobs/job.ts";
import { createSolidState } from "../../../../../gpu-runner/jobs/solid-steps/solid-state.ts";
import { layoutStep } from "../../../../../gpu-runner/jobs/text-to-3d/layout.ts";
import { textTo3dRecipe } from "../../../../../gpu-runner/jobs/text-to-3d/recipe.ts";

const ANSWER = {
  colors: ["#f2622e"],
  warnings: ["Noto Serif has no 日: set in another font."],
  report: { lines: 1, glyphs: 4, font: { family: "Noto Serif", version: "2.015" } },
  versions: { harfbuzz: "15.0.0", "font Noto Serif": "2.015" },
};

/** A context whose solid engine gives `answer` and keeps what it was asked; what a job tells its attempt is kept too. */
function contextWith(answer: () => Promise<unknown>, fontPath?: string) {
  const told = { asked: [] as unknown[], warnings: [] as string[], versions: {} as Record<string, string>, report: {} };
  const solid = {
    layoutText: (...asked: unknown[]) => {
      told.asked.push(...asked);
      return answer();
    },
  };
  const context = {
    params: textTo3dParamsSchema.parse({
      text: "Kiln",
      font: "serif",
      color: "#123456",
      depthMm: 7,
      basePlate: "rounded",
    }),
    inputs: fontPath ? [{ path: fontPath, filename: "my.ttf", bytes: 9, contentType: "font/ttf" }] : [],
    workDir: "/work-of-attempt",
    run: { tag: "tag" },
    engines: { solid } as unknown as Engines,
    warn: (message: string) => void told.warnings.push(message),
    report: (facts: object) => void Object.assign(told.report, facts),
    version: (tool: string, version: string) => void Object.assign(told.versions, { [tool]: version }),
    log: () => {},
  } as unknown as JobContext;
  return { context, told };
}

describe("the recipe of text-to-3d", () => {
  it("has the stages of its job type, in their order", () => {
    expect(textTo3dRecipe.steps.map(({ stage }) => stage)).toEqual(textTo3d.stages.map(({ name }) => name));
  });
});

describe("the layout step", () => {
  it("asks for the bundled font when none is uploaded, and for the uploaded one else", async () => {
    for (const path of [undefined, "/work-of-attempt/000001.ttf"]) {
      const { context, told } = contextWith(async () => ANSWER, path);
      await layoutStep.run(context, createSolidState());
      expect(told.asked[1]).toBe(path ?? null);
    }
  });

  it("tells the attempt about stand-in fonts, versions and what was set", async () => {
    const { context, told } = contextWith(async () => ANSWER);
    await layoutStep.run(context, createSolidState());
    expect(told).toMatchObject({ warnings: ANSWER.warnings, versions: ANSWER.versions, report: ANSWER.report });
  });

  it("hands on a solid of the wanted depth and plate, in the text's own size and colour", async () => {
    const { context, told } = contextWith(async () => ANSWER);
    const state = createSolidState();
    await layoutStep.run(context, state);
    expect(state.drawingPath).toBe(told.asked[2]);
    expect(state.build).toMatchObject({ depthMm: 7, basePlate: "rounded", widthMm: null, layering: "flat" });
    expect(state.build.color).toBeUndefined();
  });

  it("lets the engine's refusal through as it is", async () => {
    const failure = new JobFailure("glyph_missing", "No bundled font has it.");
    const { context } = contextWith(() => Promise.reject(failure));
    await expect(layoutStep.run(context, createSolidState())).rejects.toBe(failure);
  });
});
