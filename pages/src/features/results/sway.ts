/** How far a model that sways has turned at a time. Pure. */

/** From the first position, right of the front, to as far left of it, and back. */
const SWAY_DEG = 54;
const PERIOD_MS = 11_000;

/** The turn after `elapsedMs`, in radians: 0 to 54°, beginning and ending each way without a jerk. */
export function swayAt(elapsedMs: number): number {
  const share = (1 - Math.cos((2 * Math.PI * elapsedMs) / PERIOD_MS)) / 2;
  return (share * SWAY_DEG * Math.PI) / 180;
}
