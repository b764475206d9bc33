/** Makes an SVG as small as SVGO can without changing what is seen. Its viewBox, width and height stay. */
import { optimize } from "svgo";

/** Our own coordinates are whole; potrace's need digits behind the point. */
const PRECISION = 2;

export function minify(svg: string): string {
  return optimize(svg, {
    floatPrecision: PRECISION,
    // The tracer has joined what can be joined; a second look at thousands of paths is slow and finds nothing.
    plugins: [{ name: "preset-default", params: { overrides: { mergePaths: false } } }],
  }).data;
}
