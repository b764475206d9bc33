/** Soft shadows from the subject's own outline. Lengths are shares of the subject's longer side, so that every size looks alike. */
import sharp from "sharp";
import type { Box } from "./measure-mask.ts";

export type ShadowKind = "none" | "drop" | "ground";

const DROP = { blur: 0.018, right: 0.008, down: 0.022, opacity: 0.45 };
/** `height` and `lift` are shares of the subject's own height. */
const GROUND = { blur: 0.014, height: 0.08, lift: 0.3, opacity: 0.6 };
/** A Gaussian is not seen beyond so many of its sigma. */
const REACH = 2.5;

/** How far a shadow reaches beyond the subject, in pixels. */
export function shadowMargins(
  kind: ShadowKind,
  { width, height }: Pick<Box, "width" | "height">,
): { left: number; right: number; top: number; bottom: number } {
  const side = Math.max(width, height);
  if (kind === "none") return { left: 0, right: 0, top: 0, bottom: 0 };
  if (kind === "ground") {
    const reach = REACH * GROUND.blur * side;
    return { left: reach, right: reach, top: 0, bottom: (GROUND.height * height) / 2 + reach };
  }
  const reach = REACH * DROP.blur * side;
  return {
    left: Math.max(reach - DROP.right * side, 0),
    right: reach + DROP.right * side,
    top: Math.max(reach - DROP.down * side, 0),
    bottom: reach + DROP.down * side,
  };
}

/**
 * The shadow's alpha, one byte a pixel of the canvas. `alpha` is the subject's on the same canvas, `box` where it lies
 * there.
 */
export async function drawShadow(
  kind: Exclude<ShadowKind, "none">,
  alpha: Buffer,
  width: number,
  height: number,
  box: Box,
): Promise<Buffer> {
  const side = Math.max(box.width, box.height);
  const place = kind === "drop" ? shifted(alpha, width, height, side) : footprint(alpha, width, height, box);
  const { blur, opacity } = kind === "drop" ? DROP : GROUND;
  return await sharp(place, grey(width, height))
    .blur(Math.min(Math.max(blur * side, 0.5), 900))
    .linear(opacity, 0)
    .toColourspace("b-w")
    .raw()
    .toBuffer();
}

const grey = (width: number, height: number) =>
  ({ raw: { width, height, channels: 1 }, limitInputPixels: false }) as const;

/** The outline, moved to the right and down. */
function shifted(alpha: Buffer, width: number, height: number, side: number): Buffer {
  const place = Buffer.alloc(width * height);
  const [right, down] = [Math.round(DROP.right * side), Math.round(DROP.down * side)];
  for (let y = down; y < height; y++)
    alpha.copy(place, y * width + right, (y - down) * width, (y - down + 1) * width - right);
  return place;
}

/**
 * Where the subject stands: a flat spot on the line of its lowest point, strong under the columns that reach down to it
 * and gone under those that hang `lift` above it.
 */
function footprint(alpha: Buffer, width: number, height: number, box: Box): Buffer {
  const place = Buffer.alloc(width * height);
  const ground = box.top + box.height - 1;
  for (let x = box.left; x < box.left + box.width; x++) {
    let low = ground;
    while (low >= box.top && (alpha[low * width + x] as number) < 128) low--;
    if (low < box.top) continue;
    const strength = Math.max(0, 1 - (ground - low) / (GROUND.lift * box.height)) ** 2;
    const half = Math.round((GROUND.height / 2) * box.height * Math.sqrt(strength));
    const last = Math.min(ground + half, height - 1);
    for (let y = Math.max(ground - half, 0); y <= last; y++) place[y * width + x] = Math.round(255 * strength);
  }
  return place;
}
