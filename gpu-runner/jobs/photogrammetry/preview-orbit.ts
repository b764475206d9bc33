/** Where the preview looks from. The frame of the model turns its front to +Z: where the photos are, or the first of them. */
import type { Orbit } from "../../engines/preview.ts";

/** What `cameras.json` has of a camera: its place in the output frame. */
interface PlacedCamera {
  readonly position: readonly number[];
}

/** A little from the side, so that the depth shows. */
const AZIMUTH_DEG = 18;
/** Seen flatter or steeper than this, a model shows little of itself. */
const ELEVATION_DEG = { min: 12, max: 40 } as const;

/** From the front, as high as the middle one of the photos. */
export function previewOrbit(cameras: readonly PlacedCamera[]): Orbit {
  const elevations = cameras
    .map(({ position: [x = 0, y = 0, z = 0] }) => (Math.atan2(y, Math.hypot(x, z)) * 180) / Math.PI)
    .sort((a, b) => a - b);
  const median = elevations[elevations.length >> 1] ?? 0;
  return {
    azimuthDeg: AZIMUTH_DEG,
    elevationDeg: Math.min(Math.max(median, ELEVATION_DEG.min), ELEVATION_DEG.max),
  };
}
