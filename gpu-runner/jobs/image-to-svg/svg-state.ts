/** What the steps of `image-to-svg` hand to each other. */
import type { PictureSession } from "../../engines/picture/picture-engine.ts";
import type { RawPicture } from "../../engines/picture/trace/raw-pixels.ts";
import type { ReadTracedResult } from "../../engines/picture/trace/read-traced.ts";

/** How the SVG was made, for the report. */
export interface TraceReport {
  readonly preset: string;
  readonly paths: number;
  readonly colors: number;
  readonly tried: number;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface SvgState {
  /** One child for all requests of the attempt. */
  session: PictureSession | undefined;
  picture: ReadTracedResult | undefined;
  /** What stays of the picture, one byte a pixel; null = all of it. */
  maskPath: string | null;
  /** What the SVG should look like. */
  compared: RawPicture | undefined;
  report: TraceReport | undefined;
  /** SSIM that was to be reached; null when none was. */
  fidelity: number | null;
}

export function createSvgState(): SvgState {
  return {
    session: undefined,
    picture: undefined,
    maskPath: null,
    compared: undefined,
    report: undefined,
    fidelity: null,
  };
}

/** A part of the state that an earlier step has filled in. */
export function filled<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("a step ran before the one it needs");
  return part;
}
