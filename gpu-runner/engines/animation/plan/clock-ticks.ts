/** Durations in the ticks of a file format, rounded from absolute times, so that the whole keeps its exact length. Pure. */

/**
 * `durationsUs` in ticks of `tickUs` microseconds. A frame lasts at least one tick: one that is shorter pushes the next
 * ones back, which happens above 1,000 frames a second only.
 */
export function toTicks(durationsUs: readonly number[], tickUs: number): number[] {
  let timeUs = 0;
  let start = 0;
  return durationsUs.map((durationUs) => {
    timeUs += durationUs;
    const end = Math.max(Math.round(timeUs / tickUs), start + 1);
    const ticks = end - start;
    start = end;
    return ticks;
  });
}

/** A frame of a GIF: its number in the plan and how long it shows, hundredths of a second. */
export interface GifFrame {
  readonly frame: number;
  readonly hundredths: number;
}

const HUNDREDTH_US = 10_000;
/** Browsers show a frame of less than two hundredths for ten. */
const MIN_HUNDREDTHS = 2;

/** The frames a GIF can show of a plan: those that would show for less than 2/100 s give their time to the one before. */
export function planGif(durationsUs: readonly number[]): GifFrame[] {
  let timeUs = 0;
  const starts: { frame: number; at: number }[] = [];
  for (const [frame, durationUs] of durationsUs.entries()) {
    const at = Math.round(timeUs / HUNDREDTH_US);
    const previous = starts.at(-1);
    if (!previous || at - previous.at >= MIN_HUNDREDTHS) starts.push({ frame, at });
    timeUs += durationUs;
  }
  const end = Math.round(timeUs / HUNDREDTH_US);
  if (starts.length > 1 && end - (starts.at(-1)?.at ?? 0) < MIN_HUNDREDTHS) starts.pop();
  return starts.map(({ frame, at }, i) => ({
    frame,
    hundredths: Math.max((starts[i + 1]?.at ?? end) - at, MIN_HUNDREDTHS),
  }));
}
