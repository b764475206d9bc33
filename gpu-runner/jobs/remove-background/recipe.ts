/** `remove-background`: reads the pictures, cuts their subjects out, collects the results. */
import { removeBackground } from "#contract/job-types/remove-background.ts";
import type { Recipe } from "../job.ts";
import { collectStep } from "./collect.ts";
import { cutOutStep } from "./cut-out.ts";
import { type CutoutState, createCutoutState } from "./cutout-state.ts";
import { readStep } from "./read.ts";

export const removeBackgroundRecipe: Recipe<CutoutState> = {
  type: removeBackground,
  engines: ["picture", "rembg"],
  createState: createCutoutState,
  steps: [readStep, cutOutStep, collectStep],
};
