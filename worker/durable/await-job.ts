/** Waiting for a job to end without asking again and again: its object tells. */
import type { Env } from "../env.ts";

/** Pauses between tries when the job's object was evicted, or can't be reached. */
const RETRY_MS = 250;
const RETRY_MAX_MS = 4_000;

/**
 * Resolves when the job has ended, when `ms` have passed, or when `signal` aborts; which of them it was, the job tells. The
 * job's object has a listener for as long, and no longer. Never rejects: a job that can't be waited for is as it is.
 * @param orCancel the object cancels the job when who waits is gone: it notices, whatever has become of this call
 */
export async function awaitJobEnd(
  env: Env,
  jobId: string,
  ms: number,
  signal: AbortSignal,
  { orCancel = false }: { readonly orCancel?: boolean } = {},
): Promise<void> {
  const deadline = Date.now() + ms;
  for (let tries = 0; !signal.aborted; tries++) {
    const leftMs = deadline - Date.now();
    if (leftMs <= 0) return;
    try {
      // A stub that has failed once is not used again.
      const object = env.JOBS.get(env.JOBS.idFromName(jobId));
      const response = await object.fetch(`https://job/end?ms=${leftMs}${orCancel ? "&orCancel" : ""}`, { signal });
      return await readToEnd(response, signal);
    } catch (error) {
      if (signal.aborted) return;
      console.error("waiting for a job broke off", { jobId, error: String(error) });
      const pauseMs = Math.min(RETRY_MS * 2 ** tries, RETRY_MAX_MS, Math.max(deadline - Date.now(), 0));
      await scheduler.wait(pauseMs, { signal }).catch(() => undefined);
    }
  }
}

/** Reads an empty body until it is over; hangs up when the signal aborts. */
async function readToEnd({ body }: Response, signal: AbortSignal): Promise<void> {
  if (!body) return;
  const reader = body.getReader();
  const hangUp = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    while (!(await reader.read()).done);
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}
