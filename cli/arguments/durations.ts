/** Times as they are written on a command line: `90min`, `12h`, `7d`. */
import { UsageError } from "../exit-codes.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3_600, d: 86_400 };

/** Seconds. Throws a UsageError that names the flag. */
export function readDuration(flag: string, text: string): number {
  const [, count, unit] = /^(\d{1,9})(s|min|h|d)$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * (SECONDS[unit] as number);
  throw new UsageError(`--${flag} takes a time like 90min, 12h or 7d, not "${text}".`);
}
