/** Request `trace`: pixels → minified SVG in colour. */
import { readFile, writeFile } from "node:fs/promises";
import type { SvgPreset } from "#contract/job-types/image-to-svg.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { Pixels } from "../read/decode-picture.ts";
import { analysePicture, type PictureFacts } from "./analyse-picture.ts";
import { chooseTrace } from "./choose-trace.ts";
import type { FlatColor } from "./label-map.ts";
import { minify } from "./minify.ts";
import { PictureTracer } from "./picture-tracer.ts";
import { type RawPicture, readRaw, shrink, writeRaw } from "./raw-pixels.ts";
import { FINE_DETAIL, type TraceParams, type TraceSettings } from "./trace-settings.ts";

export interface TraceRequest {
  readonly raw: RawPicture;
  /** One byte a pixel of `raw`: what stays of the picture. Null = all of it. */
  readonly maskPath: string | null;
  /** What the SVG shall say it has. */
  readonly width: number;
  readonly height: number;
  /** See `ReadTracedResult`. */
  readonly cellPx: number | null;
  readonly preset: SvgPreset;
  readonly params: TraceParams;
  readonly svgPath: string;
  /** Will hold the pixels that the SVG was compared with. */
  readonly comparedPath: string;
}

export interface TraceResult {
  /** The preset that was asked for or chosen. */
  readonly preset: Exclude<SvgPreset, "auto">;
  readonly paths: number;
  readonly colors: number;
  /** Traces that were made and measured. */
  readonly tried: number;
  readonly settings: TraceSettings;
  /** SSIM that was to be reached; null when none was. */
  readonly fidelity: number | null;
  readonly compared: RawPicture;
  /** Lines that say what was tried. */
  readonly log: readonly string[];
}

/** A photo holds no finer shapes than this; drawings are traced at the size they come in. */
const PHOTO_SIDE_PX = 1_024;
const FINE_PHOTO_SIDE_PX = 1_536;
/** A picture without a pixel grid is cut into this many squares along its longest side. */
const PIXEL_ART_CELLS = 96;
/** A picture of this size is drawn pixel by pixel when it has few colours. */
const TINY_SIDE_PX = 64;
const TINY_COLORS = 256;

const RIM_CONTRAST = 6;

/** Serves the request. Throws a JobFailure nothing_to_draw. `onProgress` gets 0 to 1. */
export async function tracePicture(
  request: TraceRequest,
  onProgress: (fraction: number) => void,
): Promise<TraceResult> {
  const { params, width, height } = request;
  const whole = await readRaw(request.raw);
  if (request.maskPath !== null) applyMask(whole, await readFile(request.maskPath));
  const { pixels, facts, preset } = await prepare(whole, request);
  const tracer = new PictureTracer(pixels, { width, height }, params.palette.map(parseHex));
  const log: string[] = [];
  const {
    preset: chosenPreset,
    chosen,
    fidelity,
  } = await chooseTrace(tracer, facts, preset, params, (candidate) => {
    const { settings, ssim, deltaE, bytes } = candidate;
    const how = `${settings.method} ${settings.fitting}, scale ${settings.scale}, ${settings.colors} colours`;
    log.push(`Tried ${how}: SSIM ${ssim.toFixed(4)}, ΔE ${deltaE.toFixed(2)}, ${bytes} bytes`);
    onProgress(1 - 0.8 ** tracer.tried);
  });
  await writeFile(request.svgPath, minify(chosen.svg));
  return {
    preset: chosenPreset,
    paths: chosen.paths,
    colors: chosen.colors,
    tried: tracer.tried,
    settings: chosen.settings,
    fidelity,
    compared: await writeRaw(request.comparedPath, pixels),
    log,
  };
}

interface Prepared {
  readonly pixels: Pixels;
  readonly facts: PictureFacts;
  readonly preset: SvgPreset;
}

/** The pixels at the size they are traced at, and `auto` decided where the pixels alone decide it. */
async function prepare(whole: Pixels, { cellPx, preset, params }: TraceRequest): Promise<Prepared> {
  const facts = analysePicture(whole, drawnGroups(whole));
  if (facts.drawn === 0) {
    throw new JobFailure("nothing_to_draw", "The picture is fully transparent. Upload one that shows something.");
  }
  const side = Math.max(whole.width, whole.height);
  const isTiny = side <= TINY_SIDE_PX && facts.colors <= TINY_COLORS && facts.calmShare < 1;
  const isPixels = preset === "pixel-art" || (preset === "auto" && (cellPx !== null || isTiny));
  if (isPixels) {
    const pixels = cellPx === null && side > PIXEL_ART_CELLS ? await shrink(whole, PIXEL_ART_CELLS) : whole;
    return { pixels, facts, preset: "pixel-art" };
  }
  const isDrawing = preset === "logo" || preset === "line-art" || (preset === "auto" && facts.flatShare > 0.97);
  if (isDrawing) return { pixels: whole, facts, preset };
  const isFine = (params.detail ?? 0) > FINE_DETAIL;
  return { pixels: await shrink(whole, isFine ? FINE_PHOTO_SIDE_PX : PHOTO_SIDE_PX), facts, preset };
}

function drawnGroups({ rgba }: Pixels): Uint8Array {
  return Uint8Array.from({ length: rgba.length / 4 }, (_, i) => (rgba[4 * i + 3]! >= 16 ? 1 : 0));
}

export function applyMask({ rgba }: Pixels, mask: Buffer): void {
  for (let i = 0; i < mask.length; i++) {
    // A model's rim is soft over many pixels, which would be traced as rings of glass: make it as wide as an edge.
    const sharp = Math.min(255, Math.max(0, (mask[i]! - 128) * RIM_CONTRAST + 128));
    rgba[4 * i + 3] = Math.round((rgba[4 * i + 3]! * sharp) / 255);
  }
}

/** `#rgb` or `#rrggbb`. */
export function parseHex(text: string): FlatColor {
  const digits = text.length === 4 ? [...text.slice(1)].map((digit) => digit + digit).join("") : text.slice(1);
  const value = Number.parseInt(digits, 16);
  return { r: value >> 16, g: (value >> 8) & 255, b: value & 255, alpha: 255 };
}
