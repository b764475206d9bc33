/** Numbers the events of a job: from 1, without gaps. What a job's log has no room for is left out before it is numbered. */
import type { JobEvent } from "#contract/job.ts";
import { MAX_EVENT_BYTES, MAX_EVENTS_PER_JOB } from "#contract/limits.ts";
import type { NewEvent } from "./job-record.ts";

/**
 * The events to be stored after `lastSeq`. Past the limit log and progress events are dropped (one note says so); status
 * and artifact events always fit, so that a job's end is never lost.
 */
export function numberEvents(lastSeq: number, events: readonly NewEvent[]): JobEvent[] {
  const numbered: JobEvent[] = [];
  let seq = lastSeq;
  for (const event of events) {
    let kept: NewEvent = event;
    const chatter = event.kind === "log" || event.kind === "progress";
    if (chatter && seq >= MAX_EVENTS_PER_JOB) {
      if (seq > MAX_EVENTS_PER_JOB) continue;
      kept = {
        at: event.at,
        kind: "log",
        data: { line: `(more than ${MAX_EVENTS_PER_JOB} events: later lines are dropped)`, attempt: 0 },
      };
    }
    // UTF-16 length times 3 bounds the UTF-8 length. Oversized chatter is dropped; a status is always far smaller.
    if (chatter && JSON.stringify(kept.data).length * 3 > MAX_EVENT_BYTES) continue;
    seq += 1;
    numbered.push({ ...kept, seq } as JobEvent);
  }
  return numbered;
}
