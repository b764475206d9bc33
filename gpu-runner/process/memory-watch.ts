/** Looks at a process's memory again and again: once it has ended, the kernel can't be asked any more. */

const POLL_MS = 250;

export interface MemoryWatch {
  /** Reads once more; the largest value so far, bytes, or null where it could never be read. */
  peak(): number | null;
  stop(): void;
}

/** Watches what `read` gives, bytes or null, until it is stopped. Does not keep the runner alive. */
export function watchMemory(read: () => number | null): MemoryWatch {
  let largest: number | null = null;
  const peak = () => {
    const now = read();
    if (now !== null) largest = Math.max(largest ?? 0, now);
    return largest;
  };
  const timer = setInterval(peak, POLL_MS);
  timer.unref();
  return { peak, stop: () => clearInterval(timer) };
}
