/** Request `contact-sheet`: many small pictures on one checkerboard, so that what is transparent shows. */
import sharp, { type OverlayOptions } from "sharp";

export interface ContactSheetRequest {
  /** Small pictures, e.g. those that `compose-cutout` wrote. */
  readonly paths: readonly string[];
  readonly toPath: string;
  readonly maxSidePx: number;
}

const GAP_PX = 16;
const MAX_TILE_PX = 400;
const QUALITY = 85;
const SQUARE_PX = 12;

/** Serves the request. Returns the sheet's size. */
export async function contactSheet({
  paths,
  toPath,
  maxSidePx,
}: ContactSheetRequest): Promise<{ width: number; height: number }> {
  const columns = Math.ceil(Math.sqrt(paths.length));
  const rows = Math.ceil(paths.length / columns);
  const tile = Math.min(MAX_TILE_PX, Math.floor((maxSidePx - GAP_PX * (columns + 1)) / columns));
  const [width, height] = [columns, rows].map((count) => count * (tile + GAP_PX) + GAP_PX) as [number, number];
  const layers: OverlayOptions[] = [];
  for (const [index, path] of paths.entries()) {
    const { data, info } = await sharp(path)
      .resize({ width: tile, height: tile, fit: "inside", withoutEnlargement: true })
      .png()
      .toBuffer({ resolveWithObject: true });
    const cell = (at: number, side: number) => GAP_PX + at * (tile + GAP_PX) + Math.round((tile - side) / 2);
    layers.push({
      input: data,
      left: cell(index % columns, info.width),
      top: cell(Math.floor(index / columns), info.height),
    });
  }
  await sharp(checkerboard(width, height), { raw: { width, height, channels: 3 } })
    .composite(layers)
    .webp({ quality: QUALITY })
    .toFile(toPath);
  return { width, height };
}

function checkerboard(width: number, height: number): Buffer {
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      const isDark = (Math.floor(x / SQUARE_PX) + Math.floor(y / SQUARE_PX)) % 2 === 1;
      rgb.fill(isDark ? 0xe2 : 0xf6, at, at + 3);
    }
  }
  return rgb;
}
