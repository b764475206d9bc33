/**
 * Which frame of the source is shown when: trim, speed, frame rate and direction as one list. Pure. Times are microseconds
 * from the source's first frame; every cut is computed from its absolute time, so that nothing adds up.
 */

/** A frame of the source, in the order of display. `timeUs` is when it appears, whole microseconds. */
export interface SourceFrame {
  readonly timeUs: number;
  readonly durationUs: number;
}

/** A frame of the result: number `source` of the source, shown this long. */
export interface PlannedFrame {
  readonly source: number;
  readonly durationUs: number;
}

export interface PlanWishes {
  readonly startS: number;
  readonly endS?: number | undefined;
  readonly speed: number;
  /** Frames per second of the result; as in the source when absent. */
  readonly fps?: number | undefined;
  readonly direction: "forward" | "reverse" | "boomerang";
}

const US_PER_S = 1_000_000;

interface Span {
  readonly source: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * The frames of the result in order; empty when nothing lies between start and end. Without `fps` each source frame that
 * shows between them appears once and its time is cut to them. Boomerang shows the first and last frame once a round.
 */
export function planFrames(frames: readonly SourceFrame[], wishes: PlanWishes): PlannedFrame[] {
  const spans = trim(frames, wishes);
  const timed = wishes.fps === undefined ? spans : resample(spans, wishes.fps);
  const forward = timed.map(({ source, fromUs, toUs }) => ({ source, durationUs: toUs - fromUs }));
  if (wishes.direction === "forward") return forward;
  if (wishes.direction === "reverse") return forward.reverse();
  return [...forward, ...forward.slice(1, -1).reverse()];
}

/** Mean frames per second of a plan. */
export function meanFps(frames: readonly { readonly durationUs: number }[]): number {
  return (frames.length * US_PER_S) / totalUs(frames);
}

/** How long the frames show, microseconds. */
export function totalUs(frames: readonly { readonly durationUs: number }[]): number {
  return frames.reduce((sum, { durationUs }) => sum + durationUs, 0);
}

/** Source frames a plan needs, each once, ascending. */
export function neededSources(plan: readonly PlannedFrame[]): number[] {
  return [...new Set(plan.map(({ source }) => source))].sort((a, b) => a - b);
}

function trim(frames: readonly SourceFrame[], { startS, endS, speed }: PlanWishes): Span[] {
  const startUs = startS * US_PER_S;
  const endUs = endS === undefined ? Number.POSITIVE_INFINITY : endS * US_PER_S;
  return frames.flatMap(({ timeUs, durationUs }, source) => {
    const fromUs = Math.max(timeUs, startUs);
    const toUs = Math.min(timeUs + durationUs, endUs);
    return toUs > fromUs ? [{ source, fromUs: (fromUs - startUs) / speed, toUs: (toUs - startUs) / speed }] : [];
  });
}

/** One frame every 1/fps, each the one that shows at the middle of its time; the last takes what is left of the duration. */
function resample(spans: readonly Span[], fps: number): Span[] {
  const [first] = spans;
  const last = spans.at(-1);
  if (!first || !last) return [];
  const startUs = first.fromUs;
  const count = Math.max(1, Math.round(((last.toUs - startUs) * fps) / US_PER_S));
  let at = 0;
  return Array.from({ length: count }, (_, k) => {
    const fromUs = startUs + (k * US_PER_S) / fps;
    const middleUs = fromUs + US_PER_S / fps / 2;
    while (at < spans.length - 1 && (spans[at] as Span).toUs <= middleUs) at++;
    const toUs = k === count - 1 ? last.toUs : startUs + ((k + 1) * US_PER_S) / fps;
    return { source: (spans[at] as Span).source, fromUs, toUs };
  });
}
