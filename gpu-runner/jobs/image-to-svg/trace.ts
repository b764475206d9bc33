/** Step `trace`: pixels → SVG, in colour by our own tracer, in one colour by potrace. */
import { join } from "node:path";
import type { ImageToSvgParams } from "#contract/job-types/image-to-svg.ts";
import type { JobContext, Step } from "../job.ts";
import { filled, type SvgState } from "./svg-state.ts";
import { traceMonochrome } from "./trace-monochrome.ts";

export const traceStep: Step<SvgState> = {
  stage: "trace",
  async run(context, state) {
    const params = context.params as ImageToSvgParams;
    if (params.monochrome) await traceMonochrome(context, state, params);
    else await traceColors(context, state, params);
  },
};

async function traceColors(context: JobContext, state: SvgState, params: ImageToSvgParams): Promise<void> {
  const { raw, width, height, cellPx } = filled(state.picture);
  const { preset, colors, palette, detail, curves, cornerDeg, specklePx, fidelity, maxBytes } = params;
  const traced = await filled(state.session).request(
    {
      kind: "trace",
      raw,
      maskPath: state.maskPath,
      width,
      height,
      cellPx,
      preset,
      params: { colors, palette, detail, curves, cornerDeg, specklePx, fidelity, maxBytes },
      svgPath: join(context.outDir, "image.svg"),
      comparedPath: join(context.workDir, "compared.rgba"),
    },
    { onProgress: (fraction) => context.progress(fraction) },
  );
  traced.log.forEach(context.log);
  const { paths, colors: used, tried, settings, compared } = traced;
  state.compared = compared;
  state.fidelity = traced.fidelity;
  state.report = { preset: traced.preset, paths, colors: used, tried, settings: { ...settings } };
  if (traced.preset === "pixel-art" && preset === "pixel-art" && cellPx === null && raw.width !== compared.width) {
    context.warn(
      `The picture is no enlarged pixel drawing, so it was cut into ${compared.width} × ${compared.height} squares.`,
    );
  }
}
