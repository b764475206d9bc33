/** Step `measure`: draws the SVG that was written, compares it with the picture, and says when it is not good. */
import { join } from "node:path";
import type { ImageToSvgParams } from "#contract/job-types/image-to-svg.ts";
import type { MeasureSvgResult } from "../../engines/picture/trace/measure-svg.ts";
import type { JobContext, Step } from "../job.ts";
import { filled, type SvgState } from "./svg-state.ts";

/** Below these a result is called weak. */
const WEAK_SSIM = 0.75;
const WEAK_DELTA_E = 6;
/** A difference that rounding makes. */
const ROUNDING = 0.0005;

export const measureStep: Step<SvgState> = {
  stage: "measure",
  async run(context, state) {
    const svgPath = join(context.outDir, "image.svg");
    const measured = await filled(state.session).request({
      kind: "measure-svg",
      svgPath,
      compared: filled(state.compared),
    });
    const { width, height } = filled(state.picture);
    const { preset, settings, ...facts } = filled(state.report);
    const { ssim, deltaE, bytes } = measured;
    context.report({
      preset,
      width,
      height,
      ...facts,
      bytes,
      ssim: round(ssim, 4),
      deltaE: round(deltaE, 2),
      settings,
    });
    warnings(context.params as ImageToSvgParams, state, preset, measured, context);
  },
};

function warnings(
  params: ImageToSvgParams,
  { fidelity }: SvgState,
  preset: string,
  { ssim, deltaE, bytes }: MeasureSvgResult,
  context: JobContext,
): void {
  const { maxBytes } = params;
  if (maxBytes !== undefined && bytes > maxBytes) {
    context.warn(
      `The SVG has ${bytes} bytes: even with the least detail it can't have ${maxBytes}. Use a smaller or simpler picture, fewer colours, or a larger limit.`,
    );
    return;
  }
  if (params.fidelity !== undefined && fidelity !== null && ssim < fidelity - ROUNDING) {
    context.warn(
      `The fidelity of ${params.fidelity} was not reached: the most detail gives ${round(ssim, 3)}. Flat shapes can't hold noise and fine texture; leave the fidelity to be chosen by picture.`,
    );
    return;
  }
  const isWeak = ssim < WEAK_SSIM || deltaE > WEAK_DELTA_E;
  if (!isWeak || maxBytes !== undefined || params.palette.length > 0) return;
  context.warn(
    preset === "monochrome"
      ? `The drawing differs from the black and white picture (SSIM ${round(ssim, 2)}): it has details finer than what potrace keeps. Set speckles to 0 or use a larger picture.`
      : `The SVG differs visibly from the picture (SSIM ${round(ssim, 2)}, ΔE ${round(deltaE, 1)}). ${advice(params, preset)}`,
  );
}

function advice({ preset: asked, detail }: ImageToSvgParams, preset: string): string {
  if (asked !== "auto" && preset !== "photo") return "For photos choose the preset photo, or auto.";
  if ((detail ?? 0) < 90) return "Raise the detail; noise and fine texture, such as grass or hair, need much of it.";
  return "Noise and fine texture don't become shapes; a picture with calm areas does better.";
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
