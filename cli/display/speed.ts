/** How much of a transfer is done, how fast it goes and how long it will take, in words. */
import { formatBytes } from "./bytes.ts";
import { duration } from "./table.ts";

/** Smaller transfers are over before anybody has read it. */
const MIN_TOTAL_BYTES = 5_000_000;
/** Sooner, the speed is a guess. */
const MIN_ELAPSED_MS = 2_000;

/** Of one transfer, from when it is first asked. */
export class Speed {
  readonly #now: () => number;
  #begin: { readonly at: number; readonly bytes: number } | null = null;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `1.2 GB of 5.0 GB, 12.3 MB/s, 5 min left`. What was there before the first call does not make it look fast. */
  words(bytes: number, totalBytes: number): string {
    this.#begin ??= { at: this.#now(), bytes };
    if (totalBytes < MIN_TOTAL_BYTES) return "";
    const done = `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
    const elapsedMs = this.#now() - this.#begin.at;
    const perSecond = ((bytes - this.#begin.bytes) / elapsedMs) * 1000;
    if (elapsedMs < MIN_ELAPSED_MS || perSecond < 1) return done;
    const left = bytes >= totalBytes ? "" : `, ${duration((totalBytes - bytes) / perSecond)} left`;
    return `${done}, ${formatBytes(Math.round(perSecond))}/s${left}`;
  }
}
