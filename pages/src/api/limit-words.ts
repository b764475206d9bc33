/** A limit that was reached, in words: which one, when it is free again, and what raises it. Pure. */
import type { RateLimit } from "#client/rate-limit.ts";
import { formatAbout, formatBytes, formatMoment } from "../formatting.ts";

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/**
 * Which limit it is and when all of it is there again; null for a limit that is not known here. `anonymous`: without a key,
 * where the address counts. `now`: epoch milliseconds.
 */
export function limitSentence(
  { name, quota, windowS, resetS }: RateLimit,
  { anonymous, now, locale }: { readonly anonymous: boolean; readonly now: number; readonly locale?: string },
): string | null {
  const what = {
    jobs: `${quota.toLocaleString("en")} ${quota === 1 ? "job" : "jobs"}`,
    bytes: `${formatBytes(quota)} of uploads`,
  }[name];
  if (what === undefined) return null;
  const span = windowS === HOUR_S ? "an hour" : windowS === DAY_S ? "a day" : `in ${formatAbout(windowS)}`;
  const who = anonymous ? "Without an API key, one address may have" : "Your account may have";
  const again = `It is free again in ${formatAbout(resetS)}, ${formatMoment(now + resetS * 1_000, locale)}.`;
  const raise = anonymous ? " An API key raises it." : "";
  return `${who} ${what} ${span}. ${again}${raise}`;
}

/**
 * The limit that stopped a request: the one that is over when the request may be made again, `retryAfterS` seconds from now.
 * An answer tells of the limits that it was counted against, whichever stopped it.
 */
export function reached(limits: readonly RateLimit[], retryAfterS: number | null): RateLimit | undefined {
  return limits.find(({ resetS }) => resetS === retryAfterS);
}
