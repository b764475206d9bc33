/** A part of a sheet of pictures as a CSS background that fits its element, whatever size that has. Pure. */
import type { CSSProperties } from "react";
import type { Box } from "./photo-set.ts";
import type { Sheet } from "./use-photo-set.ts";

const share = (part: number, whole: number): string => `${whole <= 0 ? 0 : (part / whole) * 100}%`;

/** The style of an element that shows `box` of the sheet; the element has the box's own shape. */
export function spriteStyle(sheet: Sheet, { x, y, width, height }: Box): CSSProperties {
  return {
    aspectRatio: `${width} / ${height}`,
    backgroundImage: `url("${sheet.url}")`,
    backgroundSize: `${share(sheet.width, width)} ${share(sheet.height, height)}`,
    // A position of p % puts the point at p % of the picture upon that of the element.
    backgroundPosition: `${share(x, sheet.width - width)} ${share(y, sheet.height - height)}`,
  };
}
