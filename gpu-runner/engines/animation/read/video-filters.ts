/** ffmpeg's filter chain from a decoded frame to raw pixels as a view wants them: square pixels, cut out, scaled, RGB. */
import type { View } from "../plan/geometry.ts";

export interface PixelFacts {
  readonly width: number;
  readonly height: number;
  readonly pixelAspect: number;
  readonly hasAlpha: boolean;
  readonly transfer: string;
  readonly matrix: string;
}

const SCALE_FLAGS = "flags=lanczos+accurate_rnd+full_chroma_int";
/** Transfer functions of high dynamic range: ITU-R BT.2100. */
const HDR = ["smpte2084", "arib-std-b67"];
/** From this height on, a video that does not say which matrix it uses has BT.709's. */
const HD_FROM_PX = 720;

/** Whether a transfer function is one that has to be mapped down to what screens commonly show. */
export function isHdr(transfer: string): boolean {
  return HDR.includes(transfer);
}

/** The filters as one string, to go after the choice of frames. `canTonemap`: this ffmpeg has `zscale` and `tonemap`. */
export function viewFilters(facts: PixelFacts, view: View, channels: 3 | 4, canTonemap: boolean): string {
  const filters: string[] = [];
  const { crop } = view;
  if (crop) filters.push(`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}`);
  const matrix = facts.matrix === "unknown" && facts.height >= HD_FROM_PX ? ":in_color_matrix=bt709" : "";
  const scale = `scale=${view.width}:${view.height}:${SCALE_FLAGS}${matrix}`;
  if (isHdr(facts.transfer) && canTonemap) {
    filters.push(scale, ...tonemap());
  } else if (facts.hasAlpha && channels === 4) {
    const from = crop ?? facts;
    const isSame = from.width === view.width && from.height === view.height;
    // What is transparent must not bleed into the edge: colours are scaled weighted with alpha.
    if (isSame) filters.push(`scale=${SCALE_FLAGS}${matrix}`);
    else filters.push("format=gbrap", "premultiply=inplace=1", scale, "unpremultiply=inplace=1");
  } else filters.push(scale);
  return [...filters, "setsar=1", channels === 4 ? "format=rgba" : "format=rgb24"].join(",");
}

/** As in ffmpeg's documentation of `tonemap`; 100 cd/m² is the white of standard range. */
function tonemap(): string[] {
  return [
    "format=yuv444p10le",
    "zscale=t=linear:npl=100",
    "format=gbrpf32le",
    "zscale=p=bt709",
    "tonemap=hable:desat=0",
    "zscale=t=bt709:m=bt709:r=full",
    "format=gbrp",
  ];
}
