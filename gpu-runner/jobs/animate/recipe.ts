/** `animate`: frames from a video or pictures, cut out if wished, encoded and checked. */
import { animate } from "#contract/job-types/animate.ts";
import type { Recipe } from "../job.ts";
import { type AnimateState, createAnimateState } from "./animate-state.ts";
import { checkStep } from "./check.ts";
import { cutOutStep } from "./cut-out.ts";
import { encodeStep } from "./encode.ts";
import { readStep } from "./read.ts";

export const animateRecipe: Recipe<AnimateState> = {
  type: animate,
  engines: ["animation", "picture", "rembg"],
  createState: createAnimateState,
  steps: [readStep, cutOutStep, encodeStep, checkStep],
  idleStages: ({ removeBackground }) => (removeBackground ? [] : ["cut-out"]),
};
