/** How far a model that moves by itself has turned at a time. Pure. */

/** "sway": from the first position, right of the front, to as far left of it, and back. "turn": all the way around. */
export type Motion = "sway" | "turn";

const SWAY_DEG = 54;
const SWAY_PERIOD_MS = 11_000;
const TURN_PERIOD_MS = 24_000;

/** The turn after `elapsedMs`, in radians. */
export function turnAt(motion: Motion, elapsedMs: number): number {
  if (motion === "turn") return (2 * Math.PI * (elapsedMs % TURN_PERIOD_MS)) / TURN_PERIOD_MS;
  // Begins and ends each way without a jerk.
  const share = (1 - Math.cos((2 * Math.PI * elapsedMs) / SWAY_PERIOD_MS)) / 2;
  return (share * SWAY_DEG * Math.PI) / 180;
}
