/** Where the subject goes on the canvas of the result: crop, padding, room for a shadow, largest side. */
import type { Box } from "./measure-mask.ts";
import { type ShadowKind, shadowMargins } from "./shadow.ts";

export interface FrameWish {
  /** Null: the whole picture; else room around the subject in percent of its longer side. */
  readonly cropPaddingPercent: number | null;
  readonly shadow: ShadowKind;
  readonly maxSidePx: number;
  readonly maxPixels: number;
}

export interface Frame {
  /** The part of the picture that is used. */
  readonly source: Box;
  /** Its size on the canvas, at most as large as `source`, and its place. */
  readonly target: Box;
  readonly canvas: { readonly width: number; readonly height: number };
}

/** `box` is where the subject lies, null when there is none: then nothing can be cropped to it. */
export function placeFrame(width: number, height: number, box: Box | null, wish: FrameWish): Frame {
  const isCropped = wish.cropPaddingPercent !== null && box !== null;
  const source = isCropped ? box : { left: 0, top: 0, width, height };
  const longer = Math.max(source.width, source.height);
  const padding = isCropped ? ((wish.cropPaddingPercent ?? 0) / 100) * longer : 0;
  const room = isCropped ? shadowMargins(wish.shadow, source) : { left: 0, right: 0, top: 0, bottom: 0 };
  const around = {
    left: Math.max(padding, room.left),
    right: Math.max(padding, room.right),
    top: Math.max(padding, room.top),
    bottom: Math.max(padding, room.bottom),
  };
  const [fullWidth, fullHeight] = [
    source.width + around.left + around.right,
    source.height + around.top + around.bottom,
  ];
  const scale = Math.min(
    1,
    wish.maxSidePx / Math.max(fullWidth, fullHeight),
    Math.sqrt(wish.maxPixels / (fullWidth * fullHeight)),
  );
  const px = (length: number) => Math.floor(length * scale + 1e-9);
  const target = {
    left: px(around.left),
    top: px(around.top),
    width: Math.max(1, px(source.width)),
    height: Math.max(1, px(source.height)),
  };
  return {
    source,
    target,
    canvas: {
      width: target.left + target.width + px(around.right),
      height: target.top + target.height + px(around.bottom),
    },
  };
}
