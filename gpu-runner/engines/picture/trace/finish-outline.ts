/** Request `finish-outline`: potrace's SVG → the SVG that users get: the picture's size, one plain path, minified. */
import { readFile, writeFile } from "node:fs/promises";
import { JobFailure } from "../../../process/job-failure.ts";
import { minify } from "./minify.ts";
import { sizeAttributes } from "./trace-labels.ts";

export interface FinishOutlineRequest {
  /** What potrace wrote. */
  readonly fromPath: string;
  readonly toPath: string;
  /** Size the SVG shall say it has. */
  readonly width: number;
  readonly height: number;
  /** Size of the bitmap, which the coordinates are in. */
  readonly bitmapWidth: number;
  readonly bitmapHeight: number;
}

export interface FinishOutlineResult {
  readonly paths: number;
  readonly bytes: number;
}

/** Serves the request. Throws a JobFailure output_invalid when potrace wrote something else than expected. */
export async function finishOutline(request: FinishOutlineRequest): Promise<FinishOutlineResult> {
  const text = await readFile(request.fromPath, "utf8");
  const group = /<g transform="([^"]*)"\s*fill="(#[0-9a-f]{6})"[^>]*>(.*)<\/g>/s.exec(text);
  if (!group) throw new JobFailure("output_invalid", "potrace wrote no outlines.", { retryable: true });
  const [, transform, fill, paths = ""] = group;
  const { width, height, bitmapWidth, bitmapHeight } = request;
  const size = sizeAttributes(width, height, bitmapWidth, bitmapHeight);
  const svg = minify(
    `<svg xmlns="http://www.w3.org/2000/svg" ${size}><g transform="${transform}" fill="${fill}">${paths}</g></svg>`,
  );
  await writeFile(request.toPath, svg);
  // Counted in what potrace wrote: SVGO leaves out the needless letters.
  return { paths: (paths.match(/z/gi) ?? []).length, bytes: Buffer.byteLength(svg) };
}
