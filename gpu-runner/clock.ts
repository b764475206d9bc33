/** Time, as something that can be given to a part and replaced in a test. */
import { setTimeout as timeout } from "node:timers/promises";

export interface Clock {
  /** Milliseconds; only differences mean something. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` aborts. Never rejects: the caller looks at its signal. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => timeout(ms, undefined, { signal }).catch(() => {}),
};

/** `ms` ± `share` of it, so that many runners don't call at the same moment. */
export function jitter(ms: number, share: number, random: () => number = Math.random): number {
  return ms * (1 + share * (random() * 2 - 1));
}
