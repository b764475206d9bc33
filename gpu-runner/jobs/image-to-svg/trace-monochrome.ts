/** Black and white picture → SVG in one colour: threshold, potrace, minified. */
import { join } from "node:path";
import type { ImageToSvgParams } from "#contract/job-types/image-to-svg.ts";
import type { PotraceRequest } from "../../engines/potrace.ts";
import type { JobContext } from "../job.ts";
import { filled, type SvgState } from "./svg-state.ts";

/** potrace's own defaults: corners, and how far two curves may be off to become one. */
const ALPHA_MAX = 1;
const ALPHA_MAX_ROUND = 4 / 3;
const OPT_TOLERANCE = 0.2;
const SPECKLE_PX = 2;
/** A corner of this angle is one at potrace's default. */
const DEFAULT_CORNER_DEG = 60;
/** Under a size limit: each round leaves out larger patches and joins more curves, by these factors. */
const COARSER = [1, 2, 4, 8, 16, 32] as const;

/** Rejects with a JobFailure nothing_to_draw when the threshold leaves nothing. */
export async function traceMonochrome(context: JobContext, state: SvgState, params: ImageToSvgParams): Promise<void> {
  const session = filled(state.session);
  const { raw, width, height } = filled(state.picture);
  const pbmPath = join(context.workDir, "threshold.pbm");
  const { threshold, scale, compared } = await session.request({
    kind: "threshold",
    raw,
    maskPath: state.maskPath,
    threshold: params.threshold ?? null,
    invert: params.invert,
    color: params.color,
    pbmPath,
    comparedPath: join(context.workDir, "compared.rgba"),
  });
  const probe = await context.engines.potrace.probe();
  if (probe.ok) context.version("potrace", probe.version);
  let tried = 0;
  for (const factor of COARSER) {
    tried++;
    const options = potraceOptions(params, scale, factor);
    const fromPath = join(context.workDir, `outline-${factor}.svg`);
    await context.engines.potrace.trace({ pbmPath, svgPath: fromPath, color: params.color, ...options }, context.run);
    const { paths, bytes } = await session.request({
      kind: "finish-outline",
      fromPath,
      toPath: join(context.outDir, "image.svg"),
      width,
      height,
      bitmapWidth: raw.width * scale,
      bitmapHeight: raw.height * scale,
    });
    const settings = { method: "potrace", thresholdPercent: threshold, invert: params.invert, scale, ...options };
    state.report = { preset: "monochrome", paths, colors: paths === 0 ? 0 : 1, tried, settings };
    context.progress(tried / COARSER.length);
    if (params.maxBytes === undefined || bytes <= params.maxBytes) break;
  }
  state.compared = compared;
}

function potraceOptions(
  { cornerDeg, curves, specklePx, detail = 50 }: ImageToSvgParams,
  scale: number,
  factor: number,
): Pick<PotraceRequest, "turdsizePx" | "alphaMax" | "optTolerancePx"> {
  const speckle = (specklePx ?? SPECKLE_PX * 4 ** ((50 - detail) / 50)) * scale;
  const alphaMax = cornerDeg === undefined ? ALPHA_MAX : (ALPHA_MAX * cornerDeg) / DEFAULT_CORNER_DEG;
  return {
    turdsizePx: Math.round(speckle ** 2 * factor),
    alphaMax: curves === "polygon" || curves === "pixel" ? 0 : Math.min(ALPHA_MAX_ROUND, alphaMax),
    optTolerancePx: OPT_TOLERANCE * scale * factor,
  };
}
