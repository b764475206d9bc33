/** The outputs that are encoded in units, by name. */
import type { AnimationFormat } from "#contract/job-types/animate.ts";
import { apngEncoder } from "./apng.ts";
import type { Encoder } from "./encoder.ts";
import { gifEncoder } from "./gif.ts";
import { spriteSheetEncoder } from "./sprite-sheet.ts";
import { webmEncoder } from "./webm.ts";
import { webpEncoder } from "./webp.ts";

export type OutputKind = AnimationFormat | "sprites";

export const ENCODERS: Readonly<Record<OutputKind, Encoder>> = {
  webp: webpEncoder,
  apng: apngEncoder,
  gif: gifEncoder,
  webm: webmEncoder,
  sprites: spriteSheetEncoder,
};
