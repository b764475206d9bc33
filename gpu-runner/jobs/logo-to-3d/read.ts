/** Step `read`: SVG, PNG or JPG → drawing file. What can be told from the first bytes is told before any child starts. */
import { join } from "node:path";
import type { LogoTo3dParams } from "#contract/job-types/logo-to-3d.ts";
import { readHead } from "../../engines/picture/read/read-header.ts";
import type { InputFile, Step } from "../job.ts";
import type { SolidState } from "../solid-steps/solid-state.ts";
import { sniffLogo } from "./sniff.ts";

export const readStep: Step<SolidState> = {
  stage: "read",
  async run(context, state) {
    const input = context.inputs[0] as InputFile;
    const kind = sniffLogo(await readHead(input.path), input.filename);
    state.drawingPath = join(context.workDir, "drawing.json");
    state.build = context.params as LogoTo3dParams;
    const { colors, warnings } = await context.engines.solid.read(kind, input.path, state.drawingPath, context.run);
    warnings.forEach(context.warn);
    context.log(`Read ${input.filename}: ${colors.length === 1 ? "one colour" : `${colors.length} colours`}`);
  },
};
