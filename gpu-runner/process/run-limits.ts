/** What ends a piece of work from outside: its signal, or its time being up. The first of the two is the cause. */

export interface RunLimits {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export type StopCause = "aborted" | "timeout";

/**
 * Calls `onStop` once, when the signal aborts (at once if it has already) or after `timeoutMs`, whichever comes first.
 * Returns how to stop watching.
 */
export function watchLimits({ signal, timeoutMs }: RunLimits, onStop: (cause: StopCause) => void): () => void {
  const stop = (cause: StopCause) => {
    unwatch();
    onStop(cause);
  };
  const onAbort = () => stop("aborted");
  const timer = setTimeout(() => stop("timeout"), timeoutMs);
  const unwatch = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  return unwatch;
}
