/** What every kind of source offers once it is read: its facts, its frames' times, and readers of raw frames. */
import type { SourceFrame } from "../plan/frame-plan.ts";
import type { SourceShape, View } from "../plan/geometry.ts";

export interface Source {
  /** Kind and codec for the report, e.g. `video/mp4` and `h264`. */
  readonly type: string;
  readonly codec: string;
  readonly shape: SourceShape;
  /** Those up to the end that was asked for. */
  readonly frames: readonly SourceFrame[];
  /** Frames and length of all of it, as far as the file says. */
  readonly whole: { readonly frames: number; readonly durationUs: number };
  /** Whether some frame has transparent pixels. */
  readonly hasAlpha: boolean;
  readonly warnings: readonly string[];
  /** Reads the frames with these numbers (ascending), each as `view` says. Close it when it is not needed any more. */
  open(indices: readonly number[], view: View, channels: 3 | 4): FrameReader;
}

export interface FrameReader {
  /** Rows from the top, `width × height × channels` bytes: red, green, blue and straight alpha. Rejects when the frame can't be read. */
  next(): Promise<Buffer>;
  close(): Promise<void>;
}
