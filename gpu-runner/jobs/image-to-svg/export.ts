/** Step `export`: the preview, and the formats beside SVG. */
import { join } from "node:path";
import type { ImageToSvgParams } from "#contract/job-types/image-to-svg.ts";
import type { Step } from "../job.ts";
import { filled, type SvgState } from "./svg-state.ts";

export const exportStep: Step<SvgState> = {
  stage: "export",
  async run(context, state) {
    const { formats } = context.params as ImageToSvgParams;
    const session = filled(state.session);
    const { width, height } = filled(state.picture);
    const svgPath = join(context.outDir, "image.svg");
    const [rsvg] = await Promise.all([
      formats.includes("pdf") ? context.engines.rsvg.probe() : null,
      formats.includes("pdf")
        ? context.engines.rsvg.toPdf(svgPath, join(context.outDir, "image.pdf"), context.run)
        : undefined,
      session.request({
        kind: "draw-svg",
        svgPath,
        width,
        height,
        previewPath: join(context.outDir, "preview.webp"),
        pngPath: formats.includes("png") ? join(context.outDir, "image.png") : null,
      }),
    ]);
    if (rsvg?.ok) context.version("rsvg-convert", rsvg.version);
    await session.close();
  },
};
