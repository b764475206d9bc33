/** How long a job waits before its next attempt: min(base · 2ⁿ, max) ±20 %, n = failures so far − 1. */
import { RETRY_BASE_MS, RETRY_JITTER, RETRY_MAX_MS } from "#contract/limits.ts";

/**
 * @param failures attempts that ended badly so far, 1 or more
 * @param random   uniform in [0, 1)
 * @param baseMs   what the first retry waits
 * @returns milliseconds to wait
 */
export function retryDelayMs(failures: number, random: number, baseMs = RETRY_BASE_MS): number {
  // The exponent is capped so that a large count can't overflow into Infinity.
  const base = Math.min(baseMs * 2 ** Math.min(failures - 1, 30), RETRY_MAX_MS);
  return Math.round(base * (1 + RETRY_JITTER * (2 * random - 1)));
}
