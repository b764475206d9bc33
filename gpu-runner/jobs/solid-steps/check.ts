/** Step `check`: looks at every file before it is published. */
import type { Step } from "../job.ts";
import { filesFor } from "./export.ts";
import type { SolidState } from "./solid-state.ts";

export const checkStep: Step<SolidState> = {
  stage: "check",
  async run(context, state) {
    const facts = await context.engines.solid.check(
      { files: filesFor(context), sizeMm: state.summary.sizeMm },
      context.run,
    );
    // The body was proven closed before it was written; the STL, where there is one, once more after.
    context.report({ triangles: facts.triangles, materials: facts.materials, watertight: facts.watertight ?? true });
  },
};
