/**
 * The answers' `RateLimit` and `RateLimit-Policy`, as structured fields (RFC 9651).
 * Source of the names: draft-ietf-httpapi-ratelimit-headers-10: `q` is the quota, `w` its window in seconds, `r` what is left
 * of it, `t` the seconds until all of it can be used again, `qu` the unit when it is not requests.
 */
import type { Quota, Standing } from "./quota.ts";

/** What `r` and `q` count, where that is not requests. */
const UNITS: Readonly<Record<string, string>> = { bytes: "content-bytes" };

/** One member of `RateLimit-Policy`, e.g. `"jobs";q=5;w=3600`. */
export function policyField(name: string, { limit, windowMs }: Quota): string {
  const unit = UNITS[name] === undefined ? "" : `;qu="${UNITS[name]}"`;
  return `"${name}";q=${limit};w=${Math.round(windowMs / 1000)}${unit}`;
}

/** One member of `RateLimit`, e.g. `"jobs";r=4;t=1800`. */
export function standingField(name: string, standing: Pick<Standing, "remaining" | "resetAt">, now: number): string {
  return `"${name}";r=${standing.remaining};t=${secondsUntil(standing.resetAt, now)}`;
}

/** Whole seconds, so many that the time has come when they are over; what `Retry-After` says. */
export function secondsUntil(at: number, now: number): number {
  return Math.max(0, Math.ceil((at - now) / 1000));
}
