/** The events that webhooks are told of, each with the id that all its deliveries carry. */
import type { JobState } from "#contract/job.ts";
import { MAX_WEBHOOK_ARTIFACTS, MAX_WEBHOOK_PAYLOAD_BYTES } from "#contract/limits.ts";
import type { BatchFinished, JobEnded, WebhookPayload } from "#contract/webhook.ts";
import type { JobEnd, JobRecord } from "./job-record.ts";

/** An event before anybody is told. The same event has the same id, however often it is published. */
export interface OutgoingEvent {
  readonly id: string;
  readonly type: WebhookPayload["type"];
  readonly at: number;
  /** JSON of `webhookPayloadSchema`: what is signed and sent, to the byte. */
  readonly payload: string;
}

/** More than `{"type":…,"timestamp":…,"data":}` takes. */
const ENVELOPE_BYTES = 100;

const JOB_EVENTS: Partial<Record<JobState, WebhookPayload["type"] & `job.${string}`>> = {
  succeeded: "job.succeeded",
  failed: "job.failed",
  canceled: "job.canceled",
  expired: "job.expired",
};

/** The record's ends that its owner is still to be told of, as events. */
export function jobEvents(record: JobRecord): OutgoingEvent[] {
  return (record.pending.notify ?? []).flatMap((end) => {
    const type = JOB_EVENTS[end.state];
    // A job ends once in each turn, and no turn has the number of another.
    const id = `evt_${record.id.replace("job_", "")}_${end.queuedAt.toString(36)}`;
    return type ? [toEvent(id, { type, timestamp: isoTime(end.at), data: summary(record, end) })] : [];
  });
}

/** A batch of which every job has ended. `finishedAt` names the event: it must stay the same when it is published again. */
export function batchFinishedEvent(batch: BatchFinished): OutgoingEvent {
  const id = `evt_${batch.id.replace(/^[a-z]+_/, "")}_${batch.finishedAt.toString(36)}`;
  return toEvent(id, { type: "batch.finished", timestamp: isoTime(batch.finishedAt), data: batch });
}

/** The event that tries a webhook. `id` is new each time. */
export function pingEvent(id: string, webhook: string, now: number): OutgoingEvent {
  return toEvent(id, { type: "ping", timestamp: isoTime(now), data: { webhook } });
}

function toEvent(id: string, body: WebhookPayload): OutgoingEvent {
  return { id, type: body.type, at: Date.parse(body.timestamp), payload: JSON.stringify(body) };
}

function summary({ id, type, createdAt, batch, manifest }: JobRecord, end: JobEnd): JobEnded {
  const all = end.state === "succeeded" ? (manifest?.artifacts ?? []) : [];
  const { state, error, at: finishedAt } = end;
  const facts = { id, type, state, error, createdAt, finishedAt, batch: batch ?? null, artifactCount: all.length };
  const artifacts = all
    .slice(0, MAX_WEBHOOK_ARTIFACTS)
    .map(({ name, bytes, contentType, sha256 }) => ({ name, bytes, contentType, sha256 }));
  // Content types are a runner's words: in the longest ones that it may send, a hundred would not fit.
  const fits = byteLength({ ...facts, artifacts }) + ENVELOPE_BYTES <= MAX_WEBHOOK_PAYLOAD_BYTES;
  return { ...facts, artifacts: fits ? artifacts : [] };
}

function byteLength(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
