/** Request `read-traced`: decodes the picture that is to be traced, and makes of it what the next requests need. */
import { writeFile } from "node:fs/promises";
import { MAX_TRACE_SIDE_PX } from "#contract/limits.ts";
import { decodePicture, type Pixels } from "../read/decode-picture.ts";
import { readHeader } from "../read/read-header.ts";
import { findPixelGrid } from "./find-pixel-grid.ts";
import { type RawPicture, shrink, toSharp, writeRaw } from "./raw-pixels.ts";

export interface ReadTracedRequest {
  readonly path: string;
  readonly filename: string;
  /** Will hold the pixels to trace, RGBA. */
  readonly rawPath: string;
  /** Will hold the same pixels as RGB, for rembg; null when the background stays. */
  readonly rgbPath: string | null;
  /** Will hold the picture as WebP. */
  readonly beforePath: string;
}

export interface ReadTracedResult {
  /** Size of the upright picture. */
  readonly width: number;
  readonly height: number;
  readonly raw: RawPicture;
  /** Side of a square when the picture is an enlarged pixel drawing, of which `raw` has one pixel per square; else null. */
  readonly cellPx: number | null;
}

/** No finer detail than this is traced. */
const MAX_WORKING_SIDE_PX = 2_048;
const BEFORE_SIDE_PX = 1_600;
const BEFORE_QUALITY = 85;

/** Serves the request. Throws a JobFailure input_invalid or input_too_large. */
export async function readTraced(request: ReadTracedRequest): Promise<ReadTracedResult> {
  const { path, filename, rawPath, rgbPath, beforePath } = request;
  const header = await readHeader(path, filename, MAX_TRACE_SIDE_PX);
  const picture = await decodePicture(path, filename, header);
  const { width, height } = picture;
  await writeBefore(picture, beforePath);
  const grid = rgbPath === null ? findPixelGrid(picture) : null;
  const working = grid?.pixels ?? (await shrink(picture, MAX_WORKING_SIDE_PX));
  if (rgbPath !== null) await writeFile(rgbPath, await toSharp(working).removeAlpha().raw().toBuffer());
  return { width, height, raw: await writeRaw(rawPath, working), cellPx: grid?.cellPx ?? null };
}

async function writeBefore(picture: Pixels, path: string): Promise<void> {
  const size = { width: BEFORE_SIDE_PX, height: BEFORE_SIDE_PX, fit: "inside", withoutEnlargement: true } as const;
  await toSharp(picture).resize(size).webp({ quality: BEFORE_QUALITY }).toFile(path);
}
