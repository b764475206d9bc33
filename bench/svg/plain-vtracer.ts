/** vtracer as it comes, at its own presets: what a user would get without Kiln. */
import { readFile } from "node:fs/promises";
import { Preset, vectorize } from "@neplex/vectorizer";

export const VTRACER_PRESETS = { bw: Preset.Bw, poster: Preset.Poster, photo: Preset.Photo } as const;
export type VtracerPreset = keyof typeof VTRACER_PRESETS;

export interface PlainTrace {
  readonly svg: string;
  readonly seconds: number;
}

/** Traces the file at `path`, decoding included. */
export async function plainVtracer(path: string, preset: VtracerPreset): Promise<PlainTrace> {
  const startedAt = performance.now();
  const svg = await vectorize(await readFile(path), VTRACER_PRESETS[preset]);
  return { svg, seconds: (performance.now() - startedAt) / 1000 };
}
