/** Where the preview looks from: from where the photos were taken, so that it shows what they saw. */
import type { Orbit } from "../../engines/preview.ts";

/** What `cameras.json` has of a camera: its place in the output frame. */
interface PlacedCamera {
  readonly position: readonly number[];
}

/** Seen flatter or steeper than this, a model shows little of itself. */
const ELEVATION_DEG = { min: 12, max: 40 } as const;
/** Length of the mean direction above which photos count as taken from one side: 0 all around, 1 all from one spot. */
const ONE_SIDED = 0.3;
const DEGREES = 180 / Math.PI;

/**
 * The middle of photos that were taken from one side, else the side of the first one, which people take from the front; as
 * high as half of the photos. `cameras` in the output frame, at least one.
 */
export function previewOrbit(cameras: readonly PlacedCamera[]): Orbit {
  const directions = cameras.map(({ position: [x = 0, y = 0, z = 0] }) => {
    const level = Math.hypot(x, z) || 1;
    return { x: x / level, z: z / level, elevationDeg: Math.atan2(y, level) * DEGREES };
  });
  const mean = { x: average(directions.map(({ x }) => x)), z: average(directions.map(({ z }) => z)) };
  const side = Math.hypot(mean.x, mean.z) > ONE_SIDED ? mean : (directions[0] ?? { x: 0, z: 1 });
  const elevations = directions.map(({ elevationDeg }) => elevationDeg).sort((a, b) => a - b);
  const median = elevations[elevations.length >> 1] ?? 0;
  return {
    azimuthDeg: Math.atan2(side.x, side.z) * DEGREES,
    elevationDeg: Math.min(Math.max(median, ELEVATION_DEG.min), ELEVATION_DEG.max),
  };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
