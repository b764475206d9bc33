/** Finds the best quality, and then the largest scale, whose estimated size is small enough. No I/O of its own. */

export interface Fit {
  /** 0 to 100. */
  readonly quality: number;
  /** Share of the wished width and height. */
  readonly scale: number;
  /** What the estimate says of it, bytes, before any correction. */
  readonly estimateBytes: number;
  /** False when even the smallest choice is too large. */
  readonly fits: boolean;
}

export interface FitWishes {
  readonly maxBytes: number;
  /** Never better than this. */
  readonly quality: number;
  /** Whether quality changes the size of this output at all. */
  readonly hasQuality: boolean;
  /** What the estimates were off so far: real size ÷ estimate. */
  readonly correction: number;
}

/** Scales tried, each about a quarter fewer pixels than the one before. */
export const SCALES: readonly number[] = [
  1, 0.87, 0.75, 0.65, 0.56, 0.49, 0.42, 0.36, 0.31, 0.27, 0.23, 0.2, 0.15, 0.1,
];
/** Below this quality a smaller picture looks better. */
const LOWEST_GOOD_QUALITY = 30;
/** A quality found this near needs no further search. */
const QUALITY_STEP = 3;
/** Room for what an estimate can't know. */
const TARGET_SHARE = 0.97;

/** `estimate` says how many bytes the output would have. It should grow with quality and scale. */
export async function fitSize(
  wishes: FitWishes,
  estimate: (quality: number, scale: number) => Promise<number>,
): Promise<Fit> {
  const budget = (wishes.maxBytes * TARGET_SHARE) / wishes.correction;
  const lowest = wishes.hasQuality ? Math.min(LOWEST_GOOD_QUALITY, wishes.quality) : wishes.quality;
  let last: Fit | undefined;
  for (let i = 0; i < SCALES.length; ) {
    const scale = SCALES[i] as number;
    const estimateBytes = await estimate(lowest, scale);
    last = { quality: lowest, scale, estimateBytes, fits: estimateBytes <= budget };
    if (last.fits) return wishes.hasQuality ? await raiseQuality(last, wishes.quality, budget, estimate) : last;
    i = nextScale(i, estimateBytes / budget);
  }
  const smallest = last as Fit;
  if (!wishes.hasQuality) return smallest;
  const estimateBytes = await estimate(0, smallest.scale);
  return { quality: 0, scale: smallest.scale, estimateBytes, fits: estimateBytes <= budget };
}

/** Bytes go about as the number of pixels: what is far too large skips some scales, but never the one that would just do. */
function nextScale(i: number, excess: number): number {
  const wanted = (SCALES[i] as number) / Math.sqrt(excess);
  const found = SCALES.findIndex((scale) => scale <= wanted);
  return Math.max(i + 1, found === -1 ? SCALES.length - 1 : found - 1);
}

async function raiseQuality(
  start: Fit,
  best: number,
  budget: number,
  estimate: (quality: number, scale: number) => Promise<number>,
): Promise<Fit> {
  const { scale } = start;
  const atBest = best > start.quality ? await estimate(best, scale) : start.estimateBytes;
  if (atBest <= budget) return { quality: Math.max(best, start.quality), scale, estimateBytes: atBest, fits: true };
  let [low, high] = [start, best];
  while (high - low.quality > QUALITY_STEP) {
    const quality = Math.round((low.quality + high) / 2);
    const estimateBytes = await estimate(quality, scale);
    if (estimateBytes <= budget) low = { quality, scale, estimateBytes, fits: true };
    else high = quality;
  }
  return low;
}
