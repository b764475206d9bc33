/** Step `build`: drawing → closed solids in a mesh file. */
import { join } from "node:path";
import type { Step } from "../job.ts";
import type { SolidState } from "./solid-state.ts";

export const buildStep: Step<SolidState> = {
  stage: "build",
  async run(context, state) {
    state.meshPath = join(context.workDir, "solids.bin");
    state.summary = await context.engines.solid.build(
      { drawingPath: state.drawingPath, params: state.build, meshPath: state.meshPath },
      context.run,
    );
    const { sizeMm, volumeMm3, colors, bodyTriangles, warnings } = state.summary;
    warnings.forEach(context.warn);
    context.report({ sizeMm: sizeMm.map(rounded), volumeMm3: rounded(volumeMm3), colors, bodyTriangles });
    context.log(`Built ${colors.length} coloured parts, ${sizeMm.map((side) => side.toFixed(2)).join(" × ")} mm`);
  },
};

/** To a tenth of a micrometre: what is beyond is float32 noise. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
