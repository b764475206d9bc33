/** How long the client waits for a server that was there: it may be restarting, or the network is gone for a while. */
import { KilnError, KilnUnreachableError } from "./kiln-error.ts";
import type { Transport } from "./transport.ts";

/** A server that does not answer is asked again so often, each time after a call with its own tries has given up. */
const MAX_SILENCES = 8;
const SILENCE_BASE_MS = 2_000;
const SILENCE_MAX_MS = 30_000;

/** Whether the server is away, and may be back soon. */
export function isAway(error: unknown): boolean {
  return (
    error instanceof KilnUnreachableError ||
    (error instanceof KilnError && error.status >= 500 && error.problem.retryable)
  );
}

/** What to wait in ms before the next call, after so many in vain (0 = the first); null when it has been enough, some 2.5 min. */
export function silenceMs(silences: number): number | null {
  return silences < MAX_SILENCES ? Math.min(SILENCE_BASE_MS * 2 ** silences, SILENCE_MAX_MS) : null;
}

/** Makes a call until the server is there again, or has been away for too long. */
export async function patiently<T>(
  call: () => Promise<T>,
  { sleep }: Pick<Transport, "sleep">,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let silences = 0; ; silences++) {
    try {
      return await call();
    } catch (error) {
      const waitMs = isAway(error) ? silenceMs(silences) : null;
      if (waitMs === null) throw error;
      await sleep(waitMs, signal);
    }
  }
}

/**
 * The next piece of a stream. A line that went dead without a word, as after a change of networks, fails instead of waiting
 * for ever: nothing within `ms` is taken for that.
 */
export function readWithin<T>(
  reader: ReadableStreamDefaultReader<T>,
  ms: number,
): ReturnType<ReadableStreamDefaultReader<T>["read"]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TypeError(`nothing came for ${ms / 1000} s`)), ms);
    reader
      .read()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
