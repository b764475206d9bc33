/** The steps every solid goes through once its shapes are known, in the order of `SOLID_STAGES`. */
import type { Step } from "../job.ts";
import { buildStep } from "./build.ts";
import { checkStep } from "./check.ts";
import { exportStep } from "./export.ts";
import { previewStep } from "./preview.ts";
import type { SolidState } from "./solid-state.ts";

export const SOLID_STEPS: readonly Step<SolidState>[] = [buildStep, exportStep, previewStep, checkStep];
/** Engines these steps use. */
export const SOLID_ENGINES = ["solid", "blender", "preview"] as const;
