/**
 * A job's events as an async iterator: server-sent events over `fetch`, resumed with Last-Event-ID after every
 * interruption, so that no event is lost or seen twice. Ends after the event that ends the job.
 */
import { createParser } from "eventsource-parser";
import { FINAL_STATES, type Job, type JobEvent } from "#contract/job.ts";
import { SSE_RETRY_MS } from "#contract/limits.ts";
import { KilnUnreachableError } from "./kiln-error.ts";
import type { Transport } from "./transport.ts";

export interface EventOptions {
  /** Begins after the event with this number; 0 = from the start. */
  readonly after?: number;
  readonly signal?: AbortSignal;
}

/** Connections in a row that may break without a single event before the stream gives up. */
const MAX_FRUITLESS_CONNECTIONS = 10;

const isFinal = (event: JobEvent): boolean => event.kind === "status" && FINAL_STATES.has(event.data.state);

/** Yields every event of the job after `after`, in order. Throws when the server refuses or stays away. */
export async function* jobEvents(
  transport: Transport,
  jobId: string,
  { after = 0, signal }: EventOptions = {},
): AsyncGenerator<JobEvent, void, undefined> {
  let last = after;
  let fruitless = 0;
  const path = `/v1/jobs/${encodeURIComponent(jobId)}`;
  for (;;) {
    const before = last;
    for await (const event of connection(transport, `${path}/events`, last, signal)) {
      if (event.seq <= last) continue;
      last = event.seq;
      yield event;
      if (isFinal(event)) return;
    }
    fruitless = last > before ? 0 : fruitless + 1;
    if (fruitless > 0) {
      // The stream of a finished job ends at once when there is nothing left to tell.
      const job = await transport.json<Job>(path, { signal });
      if (FINAL_STATES.has(job.state) && job.seq <= last) return;
      if (fruitless >= MAX_FRUITLESS_CONNECTIONS) {
        throw new KilnUnreachableError(transport.api, "the event stream breaks off again and again");
      }
    }
    await transport.sleep(SSE_RETRY_MS, signal);
  }
}

/** The events of one connection, until it ends or breaks. */
async function* connection(
  transport: Transport,
  path: string,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<JobEvent, void, undefined> {
  const headers = { Accept: "text/event-stream", ...(after > 0 ? { "Last-Event-ID": String(after) } : {}) };
  const { body } = await transport.request(path, { headers, signal });
  if (!body) return;
  const parsed: JobEvent[] = [];
  const parser = createParser({ onEvent: ({ data }) => parsed.push(JSON.parse(data) as JobEvent) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* parsed.splice(0);
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    // A line that broke is no failure: the caller connects again. A malformed event is one.
    if (error instanceof SyntaxError) throw error;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
