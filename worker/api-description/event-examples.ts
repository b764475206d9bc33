/** What streams of events look like: one event of each kind of stream. */
import type { z } from "zod";
import { type BatchEvent, batchEventSchema } from "#contract/batch.ts";
import { type JobEvent, jobEventSchema } from "#contract/job.ts";
import { BEGIN } from "./job-examples.ts";

const jobEvent: JobEvent = {
  seq: 3,
  at: BEGIN + 900,
  kind: "progress",
  data: { stage: "build", stageIndex: 1, stageCount: 5, percent: 20, etaS: 2 },
};
const batchEvent: BatchEvent = {
  seq: 9,
  at: BEGIN + 4_000,
  kind: "status",
  data: {
    state: "finished",
    counts: { waiting: 0, queued: 0, running: 0, canceling: 0, succeeded: 2, failed: 0, canceled: 0, expired: 0 },
    percent: 100,
  },
};
const EVENTS = new Map<z.ZodType, JobEvent | BatchEvent>([
  [jobEventSchema, jobEvent],
  [batchEventSchema, batchEvent],
]);

/** An event of a stream, as Server-Sent Events write it; undefined for a stream that has no example. */
export function eventExample(schema: z.ZodType): object | undefined {
  const event = EVENTS.get(schema);
  return event && { id: String(event.seq), event: event.kind, data: JSON.stringify(event) };
}
