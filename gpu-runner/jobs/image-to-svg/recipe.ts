/** `image-to-svg`: reads the picture, traces it, measures the result, writes the other formats. */
import { imageToSvg } from "#contract/job-types/image-to-svg.ts";
import type { Recipe } from "../job.ts";
import { exportStep } from "./export.ts";
import { measureStep } from "./measure.ts";
import { readStep } from "./read.ts";
import { createSvgState, type SvgState } from "./svg-state.ts";
import { traceStep } from "./trace.ts";

export const imageToSvgRecipe: Recipe<SvgState> = {
  type: imageToSvg,
  // rembg, potrace and rsvg-convert are asked for only by jobs that need them.
  engines: ["picture"],
  createState: createSvgState,
  steps: [readStep, traceStep, measureStep, exportStep],
};
