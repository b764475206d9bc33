/** `text-to-3d`: sets the text, then goes the way of every solid. */
import { textTo3d } from "#contract/job-types/text-to-3d.ts";
import type { Recipe } from "../job.ts";
import { createSolidState, type SolidState } from "../solid-steps/solid-state.ts";
import { SOLID_ENGINES, SOLID_STEPS } from "../solid-steps/solid-steps.ts";
import { layoutStep } from "./layout.ts";

export const textTo3dRecipe: Recipe<SolidState> = {
  type: textTo3d,
  engines: SOLID_ENGINES,
  createState: createSolidState,
  steps: [layoutStep, ...SOLID_STEPS],
};
