/** Asks where a job stands in line while it waits there: events tell that it waits, not how long. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Kiln } from "#client/kiln.ts";
import type { QueuePlace } from "#contract/job.ts";

const POLL_MS = 4_000;

/** Tells of the place until the job leaves the line or `signal` aborts. Never throws: what is not known is not told. */
export async function watchQueue(
  kiln: Kiln,
  id: string,
  onQueue: (place: QueuePlace) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      const { state, queue } = await kiln.job(id, { signal });
      if (state !== "queued" && state !== "waiting") return;
      if (queue && !signal.aborted) onQueue(queue);
      await sleep(POLL_MS, undefined, { signal });
    }
  } catch {
    // It is a nicety; that the server is gone is noticed by who follows the events.
  }
}
