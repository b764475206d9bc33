/**
 * Compares shapes as pictures: the SVG as resvg draws it against the solid seen from above. Both become bitmaps in the
 * frame of their own bounding box, so that neither scale nor place matters, only shape.
 */
import { Resvg } from "@resvg/resvg-js";
import type { Mesh } from "../../gpu-runner/engines/solid/build/mesh.ts";

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly bits: Uint8Array;
}

/** The larger side of the compared bitmaps. */
const SIDE_PX = 3_072;
const MAX_DRAWN_PX = 6_144;
/** Opacity from which a pixel counts as drawn, of 255. */
const MIN_ALPHA = 8;

/**
 * What an SVG covers, cropped to its box. A pixel is in or out, drawn without smoothing. The box is taken from a smoothed
 * drawing: the tip of a star covers no pixel's centre, but a part of one.
 */
export function rasterSvg(svg: string): Bitmap {
  const small = draw(svg, 512, true);
  const box = drawnBox(small);
  const share = Math.max(box.width, box.height) / Math.max(small.width, small.height);
  // So large that the cropped part has about the wanted side.
  const side = Math.min(MAX_DRAWN_PX, Math.round(SIDE_PX / share));
  return crop(draw(svg, side, false), drawnBox(draw(svg, side, true)));
}

/** What a mesh covers seen along z, cropped to its own box, as large as `like`. A pixel is in if its centre is. */
export function rasterMesh({ positions, triangles }: Mesh, like: Bitmap): Bitmap {
  const box = { minX: Infinity, maxX: -Infinity, minY: Infinity, maxY: -Infinity };
  for (let i = 0; i < positions.length; i += 3) {
    box.minX = Math.min(box.minX, positions[i]!);
    box.maxX = Math.max(box.maxX, positions[i]!);
    box.minY = Math.min(box.minY, positions[i + 1]!);
    box.maxY = Math.max(box.maxY, positions[i + 1]!);
  }
  const { width, height } = like;
  const [scaleX, scaleY] = [width / (box.maxX - box.minX), height / (box.maxY - box.minY)];
  const bits = new Uint8Array(width * height);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t]!, 3 * triangles[t + 1]!, 3 * triangles[t + 2]!];
    const x = [a, b, c].map((v) => (positions[v]! - box.minX) * scaleX);
    const y = [a, b, c].map((v) => (box.maxY - positions[v + 1]!) * scaleY);
    fillTriangle(bits, width, height, x as [number, number, number], y as [number, number, number]);
  }
  return { width, height, bits };
}

/** Intersection over union of two bitmaps of one size. */
export function overlap(a: Bitmap, b: Bitmap): number {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.bits.length; i++) {
    both += a.bits[i]! & b.bits[i]!;
    either += a.bits[i]! | b.bits[i]!;
  }
  return either === 0 ? 0 : both / either;
}

function draw(svg: string, side: number, smooth: boolean): Bitmap {
  const size = new Resvg(svg);
  const resvg = new Resvg(svg, {
    fitTo: size.width >= size.height ? { mode: "width", value: side } : { mode: "height", value: side },
    shapeRendering: smooth ? 2 : 0,
    font: { loadSystemFonts: false },
  });
  const { width, height, pixels } = resvg.render();
  const bits = new Uint8Array(width * height);
  for (let i = 0; i < bits.length; i++) bits[i] = pixels[4 * i + 3]! >= MIN_ALPHA ? 1 : 0;
  return { width, height, bits };
}

function drawnBox({ width, height, bits }: Bitmap): { x: number; y: number; width: number; height: number } {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!bits[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) throw new Error("the SVG draws nothing");
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function crop(from: Bitmap, box: { x: number; y: number; width: number; height: number }): Bitmap {
  const bits = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y++) {
    const start = (box.y + y) * from.width + box.x;
    bits.set(from.bits.subarray(start, start + box.width), y * box.width);
  }
  return { width: box.width, height: box.height, bits };
}

function fillTriangle(
  bits: Uint8Array,
  width: number,
  height: number,
  x: [number, number, number],
  y: [number, number, number],
): void {
  const first = Math.max(0, Math.ceil(Math.min(...y) - 0.5));
  const last = Math.min(height - 1, Math.floor(Math.max(...y) - 0.5));
  for (let row = first; row <= last; row++) {
    const at = row + 0.5;
    let [from, to] = [Infinity, -Infinity];
    for (let k = 0; k < 3; k++) {
      const [x0, y0, x1, y1] = [x[k]!, y[k]!, x[(k + 1) % 3]!, y[(k + 1) % 3]!];
      if ((y0 < at && y1 < at) || (y0 > at && y1 > at)) continue;
      const crossing = y0 === y1 ? [x0, x1] : [x0 + ((at - y0) / (y1 - y0)) * (x1 - x0)];
      from = Math.min(from, ...crossing);
      to = Math.max(to, ...crossing);
    }
    const start = Math.max(0, Math.ceil(from - 0.5));
    const end = Math.min(width - 1, Math.floor(to - 0.5));
    for (let column = start; column <= end; column++) bits[row * width + column] = 1;
  }
}
