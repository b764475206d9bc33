/** Where a picture lies in a frame that can be zoomed and moved. Pure. Lengths are CSS pixels. */

export interface Size {
  readonly width: number;
  readonly height: number;
}
/** `x`, `y`: how far the picture's centre is from the frame's. At `zoom` 1 the picture just fits. */
export interface View {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const WHOLE: View = { zoom: 1, x: 0, y: 0 };
export const MAX_ZOOM = 40;

/** The largest size of the picture that fits into the frame. */
export function fitInto(picture: Size, frame: Size): Size {
  if (picture.width <= 0 || picture.height <= 0) return { width: 0, height: 0 };
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return { width: picture.width * scale, height: picture.height * scale };
}

/** The nearest view that leaves no gap: a picture larger than the frame covers it, a smaller one is in the middle. */
export function keepInside(view: View, fitted: Size, frame: Size): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom));
  const limit = (offset: number, size: number, room: number): number => {
    const spare = Math.max(0, (size * zoom - room) / 2);
    return Math.min(spare, Math.max(-spare, offset));
  };
  return { zoom, x: limit(view.x, fitted.width, frame.width), y: limit(view.y, fitted.height, frame.height) };
}

/** The view zoomed by `factor` so that what is under `point` (from the frame's centre) stays under it. */
export function zoomAt(view: View, factor: number, point: { x: number; y: number }, fitted: Size, frame: Size): View {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
  const ratio = zoom / view.zoom;
  const moved = { zoom, x: point.x - (point.x - view.x) * ratio, y: point.y - (point.y - view.y) * ratio };
  return keepInside(moved, fitted, frame);
}

/** Whether two pictures show the same frame, so that one can lie over the other: same shape, within a pixel or 1 %. */
export function sameShape(a: Size, b: Size): boolean {
  if (a.height <= 0 || b.height <= 0) return false;
  const difference = Math.abs(a.width / a.height / (b.width / b.height) - 1);
  // Small pictures are reduced to whole pixels.
  return difference <= Math.max(0.01, 1 / Math.min(a.width, a.height, b.width, b.height));
}
