/** What decoding a finished file showed. */
import type { Size } from "../plan/geometry.ts";

export interface Decoded {
  readonly frames: number;
  readonly durationMs: number;
  /** Some pixel of some frame is not opaque. */
  readonly hasTransparency: boolean;
  readonly size: Size;
}
