/**
 * The live side of a job's event log: SSE streams and hibernating WebSockets that get every stored event, beginning
 * after the last one the client has seen. Nothing here matters for correctness: a lost stream is resumed from the log.
 */

import { FINAL_STATES, type JobEvent } from "#contract/job.ts";
import { MAX_EVENTS_PER_JOB, SSE_MAX_MS, SSE_PING_MS, SSE_RETRY_MS } from "#contract/limits.ts";
import { acceptSocket, sendToAll } from "./sockets.ts";

/** Whether nothing follows this event. */
function ends(event: JobEvent): boolean {
  return event.kind === "status" && FINAL_STATES.has(event.data.state);
}

/** One event in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html */
function toSse(event: JobEvent): string {
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

interface Listener {
  send(event: JobEvent): void;
  close(): void;
}

/** Everyone who watches one job through this instance of its object. */
export class JobStream {
  readonly #listeners = new Set<Listener>();
  readonly #context: DurableObjectState;
  readonly #read: (afterSeq: number) => JobEvent[];

  /** `read` gives the stored events after a number. */
  constructor(context: DurableObjectState, read: (afterSeq: number) => JobEvent[]) {
    this.#context = context;
    this.#read = read;
  }

  /** Hands new events to all listeners. */
  publish(events: readonly JobEvent[]): void {
    for (const event of events) {
      for (const listener of [...this.#listeners]) listener.send(event);
      sendToAll(this.#context, JSON.stringify(event));
    }
    if (events.some(ends)) this.#closeSockets("The job has ended");
  }

  /** An SSE answer: what is stored after `afterSeq`, then what comes. Closes after the final event, or after 300 s. */
  openSse(afterSeq: number, final: boolean): Response {
    const encoder = new TextEncoder();
    const cleanups: (() => void)[] = [];
    const stop = () => {
      for (const cleanup of cleanups.splice(0)) cleanup();
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string) => controller.enqueue(encoder.encode(text));
        const close = () => {
          stop();
          controller.close();
        };
        write(`retry: ${SSE_RETRY_MS}\n\n`);
        const replay = this.#read(afterSeq);
        for (const event of replay) write(toSse(event));
        if (final) return close();
        const listener: Listener = {
          send: (event) => {
            write(toSse(event));
            if (ends(event)) close();
            // A client that reads nothing would fill the memory; it can come back and resume.
            else if ((controller.desiredSize ?? 0) < -MAX_EVENTS_PER_JOB) close();
          },
          close,
        };
        this.#listeners.add(listener);
        const ping = setInterval(() => write(": ping\n\n"), SSE_PING_MS);
        const end = setTimeout(close, SSE_MAX_MS);
        cleanups.push(
          () => this.#listeners.delete(listener),
          () => clearInterval(ping),
          () => clearTimeout(end),
        );
      },
      cancel: stop,
    });
    return new Response(body, {
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" },
    });
  }

  /** The same over a WebSocket: one JSON text frame per event. `ping` is answered `pong` without waking the object. */
  openSocket(afterSeq: number, final: boolean): Response {
    const { client, server } = acceptSocket(this.#context);
    for (const event of this.#read(afterSeq)) server.send(JSON.stringify(event));
    if (final) server.close(1000, "The job has ended");
    return new Response(null, { status: 101, webSocket: client });
  }

  #closeSockets(reason: string): void {
    for (const socket of this.#context.getWebSockets()) socket.close(1000, reason);
  }
}
