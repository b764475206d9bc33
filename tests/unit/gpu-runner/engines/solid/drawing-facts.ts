/** Measures of drawings for the tests beside this file. */
import type { Contour, Drawing } from "../../../../../gpu-runner/engines/solid/drawing.ts";
import { readSvg } from "../../../../../gpu-runner/engines/solid/svg/read-svg.ts";

/** An SVG with the given body in a 100 × 100 view box, as bytes. */
export function svg(body: string, attributes = 'viewBox="0 0 100 100" width="100" height="100"'): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${body}</svg>`,
  );
}

/** What `body` draws, as area per colour. */
export function areas(body: string, attributes?: string): Record<string, number> {
  return areasOf(readSvg(svg(body, attributes)));
}

export function areasOf(drawing: Drawing): Record<string, number> {
  return Object.fromEntries(
    drawing.shapes.map(({ color, contours }) => [
      color,
      contours.reduce((sum, contour) => sum + signedArea(contour), 0),
    ]),
  );
}

/** Bounding box, to a ten-thousandth. */
export function boxOf(drawing: Drawing): { minX: number; minY: number; maxX: number; maxY: number } {
  const points = drawing.shapes.flatMap(({ contours }) => contours.flat());
  const rounded = (value: number) => Math.round(value * 1e4) / 1e4;
  const [x, y] = [points.map((point) => rounded(point[0])), points.map((point) => rounded(point[1]))];
  return { minX: Math.min(...x), minY: Math.min(...y), maxX: Math.max(...x), maxY: Math.max(...y) };
}

function signedArea(contour: Contour): number {
  return contour.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = contour[(i + 1) % contour.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}
