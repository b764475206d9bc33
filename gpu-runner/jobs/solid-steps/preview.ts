/** Step `preview`: waits for the picture that the export step began to draw. */
import type { Step } from "../job.ts";
import type { SolidState } from "./solid-state.ts";

export const previewStep: Step<SolidState> = {
  stage: "preview",
  async run(context, state) {
    context.version("f3d", await state.preview);
  },
};
