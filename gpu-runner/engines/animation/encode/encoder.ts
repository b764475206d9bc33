/**
 * What every output format offers: pieces of the animation ("units", runs of frames) are encoded side by side, each to a
 * file of its own that can be kept as a checkpoint, and joined without being encoded again. Exact times are put in there.
 */
import type { Chunk } from "../plan/chunks.ts";
import type { Size } from "../plan/geometry.ts";
import type { Toolbox } from "../tools/toolbox.ts";

/** What all units of one output have in common. */
export interface EncodeJob {
  readonly tools: Toolbox;
  readonly size: Size;
  readonly hasAlpha: boolean;
  /** Mean frames per second, a hint for encoders. */
  readonly fps: number;
  /** 0 to 100. */
  readonly quality: number;
  readonly compression: "lossy" | "mixed" | "lossless";
  /** How long each frame of the plan shows. */
  readonly durationsUs: readonly number[];
  /** 0 plays for ever. */
  readonly loops: number;
  /** Colours of a GIF: a PNG as ffmpeg's `palettegen` writes it. */
  readonly palettePath: string;
}

export interface UnitEncoder {
  /** Takes the next frames of the unit, files as `compose/frame-file.ts` writes them. Resolves when they may go. */
  add(frames: readonly string[]): Promise<void>;
  /** Resolves when the unit's file is complete. */
  finish(): Promise<void>;
}

export interface Encoder {
  /** Frames a unit should have at least; null: a chunk as it is. */
  readonly minUnitFrames: number | null;
  /** Memory an open unit takes for each pixel of a frame (measured at 1080p). */
  readonly bytesPerPixel: number;
  /** Starts a unit whose file will be `path`; `unit` says which frames it holds. */
  open(job: EncodeJob, unit: Chunk, path: string): Promise<UnitEncoder>;
  /** Joins the units' files, in order, to the finished file at `path`. */
  join(job: EncodeJob, units: readonly Chunk[], paths: readonly string[], path: string): Promise<void>;
}
