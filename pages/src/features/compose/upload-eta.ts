/** How long sending still takes, from how fast it went lately. Pure: the time is an argument. */

/** The speed is that of the last so many milliseconds: a line's speed changes. */
const WINDOW_MS = 15_000;
/** Before this nothing is said. */
const MIN_MS = 2_000;

interface Sample {
  readonly atMs: number;
  readonly sentBytes: number;
}

/** Takes in how much has been sent at a time, and answers the seconds that are left, or null while that is not known. */
export class UploadClock {
  #samples: Sample[] = [];

  tell(atMs: number, sentBytes: number, totalBytes: number): number | null {
    this.#samples.push({ atMs, sentBytes });
    const recent = this.#samples.findIndex((sample) => atMs - sample.atMs <= WINDOW_MS);
    // The last one before the window is its beginning.
    this.#samples = this.#samples.slice(Math.max(0, recent - 1));
    const first = this.#samples[0] as Sample;
    const elapsedMs = atMs - first.atMs;
    const bytes = sentBytes - first.sentBytes;
    if (elapsedMs < MIN_MS || bytes <= 0) return null;
    return ((totalBytes - sentBytes) * elapsedMs) / bytes / 1_000;
  }
}
