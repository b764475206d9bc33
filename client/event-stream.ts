/**
 * The events of a job or a batch as an async iterator: server-sent events over `fetch`, resumed with Last-Event-ID after
 * every interruption, so that no event is lost or seen twice. Ends after the event that ends the job or the batch.
 */
import { createParser } from "eventsource-parser";
import type { Batch, BatchEvent } from "#contract/batch.ts";
import type { Job, JobEvent } from "#contract/job.ts";
import { FINAL_STATES } from "#contract/job-states.ts";
import { SSE_PING_MS, SSE_RETRY_MS } from "#contract/limits.ts";
import { KilnUnreachableError } from "./kiln-error.ts";
import { isAway, readWithin, silenceMs } from "./patience.ts";
import type { Transport } from "./transport.ts";

export interface EventOptions {
  /** Begins after the event with this number; 0 = from the start. */
  readonly after?: number;
  readonly signal?: AbortSignal;
  /** Told true once the server has gone away and is waited for, and false when it is there again. */
  readonly onAway?: (away: boolean) => void;
}

/** Connections in a row that may break without a single event before the stream gives up. */
const MAX_FRUITLESS_CONNECTIONS = 10;
/** A connection that says nothing for so long is taken for dead: three of the server's pings are missing. */
const MAX_SILENCE_MS = 3 * SSE_PING_MS;

/** What can be followed: where it is, which event is its last, and whether it is over. */
interface Source<Thing, Event> {
  readonly path: string;
  readonly ends: (event: Event) => boolean;
  readonly isOver: (thing: Thing) => boolean;
}

/** Every event of the job after `after`, in order. Throws when the server refuses or stays away. */
export function jobEvents(transport: Transport, id: string, options: EventOptions = {}) {
  const source: Source<Job, JobEvent> = {
    path: `/v1/jobs/${encodeURIComponent(id)}`,
    ends: (event) => event.kind === "status" && FINAL_STATES.has(event.data.state),
    isOver: ({ state }) => FINAL_STATES.has(state),
  };
  return follow(transport, source, options);
}

/** The same of a batch. One that goes back to work, because a job is tried again by hand, is followed anew. */
export function batchEvents(transport: Transport, id: string, options: EventOptions = {}) {
  const source: Source<Batch, BatchEvent> = {
    path: `/v1/batches/${encodeURIComponent(id)}`,
    ends: (event) => event.kind === "status" && event.data.state === "finished",
    isOver: ({ state }) => state === "finished",
  };
  return follow(transport, source, options);
}

async function* follow<Thing extends { readonly seq: number }, Event extends { readonly seq: number }>(
  transport: Transport,
  { path, ends, isOver }: Source<Thing, Event>,
  { after = 0, signal, onAway }: EventOptions,
): AsyncGenerator<Event, void, undefined> {
  let last = after;
  let fruitless = 0;
  let silences = 0;
  let met = false;
  for (;;) {
    const before = last;
    try {
      const { body } = await connect(transport, `${path}/events`, last, signal);
      met = true;
      if (silences > 0) onAway?.(false);
      silences = 0;
      for await (const event of eventsOf<Event>(body, signal)) {
        if (event.seq <= last) continue;
        last = event.seq;
        yield event;
        if (ends(event)) return;
      }
      fruitless = last > before ? 0 : fruitless + 1;
      if (fruitless > 0) {
        // The stream of what is over ends at once when there is nothing left to tell.
        const thing = await transport.json<Thing>(path, { signal });
        if (isOver(thing) && thing.seq <= last) return;
      }
    } catch (error) {
      // A server that was there a moment ago is waited for: it is being restarted, or the network is gone.
      const waitMs = met && isAway(error) ? silenceMs(silences++) : null;
      if (waitMs === null) throw error;
      if (silences === 1) onAway?.(true);
      await transport.sleep(waitMs, signal);
      continue;
    }
    if (fruitless >= MAX_FRUITLESS_CONNECTIONS) {
      throw new KilnUnreachableError(transport.api, "the event stream breaks off again and again");
    }
    await transport.sleep(SSE_RETRY_MS, signal);
  }
}

function connect(transport: Transport, path: string, after: number, signal?: AbortSignal): Promise<Response> {
  const headers = { Accept: "text/event-stream", ...(after > 0 ? { "Last-Event-ID": String(after) } : {}) };
  return transport.request(path, { headers, signal });
}

/** The events of one connection, until it ends or breaks. */
async function* eventsOf<Event>(
  body: ReadableStream<Uint8Array> | null,
  signal?: AbortSignal,
): AsyncGenerator<Event, void, undefined> {
  if (!body) return;
  const parsed: Event[] = [];
  const parser = createParser({ onEvent: ({ data }) => parsed.push(JSON.parse(data) as Event) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await readWithin(reader, MAX_SILENCE_MS);
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
