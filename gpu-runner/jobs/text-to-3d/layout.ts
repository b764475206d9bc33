/** Step `layout`: text and font → drawing file. What becomes of the text is the solid engine's; this asks and reports. */
import { join } from "node:path";
import type { TextTo3dParams } from "#contract/job-types/text-to-3d.ts";
import type { BuildParams } from "../../engines/solid/build-params.ts";
import type { TextLayout } from "../../engines/solid/text/layout-text.ts";
import type { Step } from "../job.ts";
import type { SolidState } from "../solid-steps/solid-state.ts";

export const layoutStep: Step<SolidState> = {
  stage: "layout",
  async run(context, state) {
    const params = context.params as TextTo3dParams;
    const fontPath = context.inputs[0]?.path ?? null;
    state.drawingPath = join(context.workDir, "drawing.json");
    state.build = buildParams(params);
    const answer = await context.engines.solid.layoutText(params, fontPath, state.drawingPath, context.run);
    const { report, versions } = answer as unknown as Omit<TextLayout, "drawing">;
    answer.warnings.forEach(context.warn);
    for (const [tool, version] of Object.entries(versions)) context.version(tool, version);
    context.report(report);
    context.log(`Set ${report.glyphs} glyphs in ${report.lines} lines of ${report.font.family} ${report.font.version}`);
  },
};

/** A text has its size already, and its colour is in the drawing: nothing is scaled, stacked or painted over. */
function buildParams(params: TextTo3dParams): BuildParams {
  return { ...params, widthMm: null, layering: "flat", color: undefined };
}
