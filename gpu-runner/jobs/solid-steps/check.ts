/** Step `check`: waits for the look at every file that the export step began. Nothing is published before. */
import type { Step } from "../job.ts";
import type { SolidState } from "./solid-state.ts";

export const checkStep: Step<SolidState> = {
  stage: "check",
  async run(context, state) {
    const { triangles, materials, watertight } = await state.checks;
    // The body was proven closed before it was written; the STL, where there is one, once more after.
    context.report({ triangles, materials, watertight: watertight ?? true });
  },
};
