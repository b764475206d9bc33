/** `logo-to-3d`: reads the logo, then goes the way of every solid. */
import { logoTo3d } from "#contract/job-types/logo-to-3d.ts";
import type { Recipe } from "../job.ts";
import { createSolidState, type SolidState } from "../solid-steps/solid-state.ts";
import { SOLID_ENGINES, SOLID_STEPS } from "../solid-steps/solid-steps.ts";
import { readStep } from "./read.ts";

export const logoTo3dRecipe: Recipe<SolidState> = {
  type: logoTo3d,
  engines: SOLID_ENGINES,
  createState: createSolidState,
  steps: [readStep, ...SOLID_STEPS],
};
