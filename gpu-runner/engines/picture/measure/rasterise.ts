/** Draws an SVG with resvg, which reads no files and no network and runs no scripts. */
import { renderAsync } from "@resvg/resvg-js";
import type { Pixels } from "../read/decode-picture.ts";

/** Draws `svg` exactly `width` × `height` pixels. Throws when it is no SVG that resvg can draw. */
export async function rasterise(svg: string, width: number, height: number): Promise<Pixels> {
  const sized = svg.replace(/^(<svg\b[^>]*?) width="[^"]*" height="[^"]*"/, `$1 width="${width}" height="${height}"`);
  const image = await renderAsync(sized, { font: { loadSystemFonts: false }, logLevel: "off" });
  const rgba = straight(image.pixels);
  if (image.width !== width || image.height !== height) throw new Error(`drawn ${image.width} × ${image.height}`);
  return { rgba, width, height };
}

/** resvg's pixels carry their alpha multiplied in. */
function straight(pixels: Buffer): Buffer {
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    if (alpha === 255 || alpha === 0) continue;
    for (let k = 0; k < 3; k++) pixels[i + k] = Math.min(255, Math.round((pixels[i + k]! * 255) / alpha));
  }
  return pixels;
}
