/** Soft shadows from the subject's own outline. Lengths are shares of the subject's longer side, so that every size looks alike. */
import sharp from "sharp";
import type { Box } from "./measure-mask.ts";

export type ShadowKind = "none" | "drop" | "ground";

const DROP = { blur: 0.018, right: 0.008, down: 0.022, opacity: 0.45 };
/** `height` is of the subject's own height: how flat it lies. */
const GROUND = { blur: 0.012, height: 0.1, opacity: 0.5 };
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
  const place = Buffer.alloc(width * height);
  const { blur, opacity } = kind === "drop" ? DROP : GROUND;
  if (kind === "drop") {
    paste(alpha, width, height, place, width, height, Math.round(DROP.right * side), Math.round(DROP.down * side));
  } else {
    const flat = Math.max(2, Math.round(GROUND.height * box.height));
    const squashed = await sharp(alpha, grey(width, height))
      .extract(box)
      .resize({ width: box.width, height: flat, fit: "fill" })
      .toColourspace("b-w")
      .raw()
      .toBuffer();
    // Half of it lies before the feet, half behind them.
    paste(squashed, box.width, flat, place, width, height, box.left, box.top + box.height - Math.ceil(flat / 2));
  }
  return await sharp(place, grey(width, height))
    .blur(Math.min(Math.max(blur * side, 0.5), 900))
    .linear(opacity, 0)
    .toColourspace("b-w")
    .raw()
    .toBuffer();
}

const grey = (width: number, height: number) =>
  ({ raw: { width, height, channels: 1 }, limitInputPixels: false }) as const;

/** Copies a picture of one byte a pixel onto another one, at (left, top), which may lie outside. */
function paste(
  from: Buffer,
  fromWidth: number,
  fromHeight: number,
  to: Buffer,
  toWidth: number,
  toHeight: number,
  left: number,
  top: number,
): void {
  const firstX = Math.max(0, -left);
  const lastX = Math.min(fromWidth, toWidth - left);
  if (lastX <= firstX) return;
  for (let y = Math.max(0, -top); y < Math.min(fromHeight, toHeight - top); y++) {
    from.copy(to, (y + top) * toWidth + left + firstX, y * fromWidth + firstX, y * fromWidth + lastX);
  }
}
