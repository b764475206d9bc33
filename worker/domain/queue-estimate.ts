/** Where a job stands in its pool's line, and when it may begin and end. Estimates: others may come in before it. */

/** What is in line beside the job, as the pool's lanes have it. */
export interface Standing {
  /** Ready jobs of higher priority. */
  readonly above: number;
  /** The owner's pass in the job's band, and its own ready jobs there that are older. */
  readonly pass: number;
  readonly ownAhead: number;
  readonly queuedAt: number;
  /** The other owners that wait in the band. */
  readonly others: readonly { readonly ready: number; readonly pass: number; readonly headAt: number }[];
}

/**
 * Jobs that will be served before this one if nobody else comes: all of higher priority, the owner's older ones, and of
 * each other owner as many as stride scheduling lets pass.
 */
export function countAhead({ above, pass, ownAhead, queuedAt, others }: Standing): number {
  const turn = pass + ownAhead;
  const passing = others.map(({ ready, pass: otherPass, headAt }) => {
    // At the same pass, who waits longer goes first.
    const tie = headAt < queuedAt ? 1 : 0;
    return Math.min(ready, Math.max(0, turn - otherPass + tie));
  });
  return above + ownAhead + passing.reduce((sum, count) => sum + count, 0);
}

export interface QueueTimes {
  /** Seconds until the job is expected to begin, and to have ended. */
  readonly startsInS: number | null;
  readonly etaS: number | null;
}

/**
 * When a job with `ahead` others before it begins and ends, if all of them take `meanMs`. One of the `inFlight` jobs is on
 * average half done. Null when nobody works (`slots` is 0) or nothing is known of such jobs.
 */
export function estimateTimes(line: {
  ahead: number;
  inFlight: number;
  slots: number;
  meanMs: number | null;
}): QueueTimes {
  const { ahead, inFlight, slots, meanMs } = line;
  if (slots === 0 || meanMs === null) return { startsInS: null, etaS: null };
  const free = slots - inFlight;
  const startsInMs = ahead < free ? 0 : ((ahead - free + 0.5) * meanMs) / slots;
  return { startsInS: Math.round(startsInMs / 1000), etaS: Math.round((startsInMs + meanMs) / 1000) };
}
