/**
 * The live side of an event log, of a job or of a batch: SSE streams and hibernating WebSockets that get every stored event, beginning
 * after the last one the client has seen. Nothing here matters for correctness: a lost stream is resumed from the log.
 */
import { MAX_EVENTS_PER_JOB, SSE_MAX_MS, SSE_PING_MS, SSE_RETRY_MS } from "#contract/limits.ts";
import { acceptSocket, sendToAll } from "./sockets.ts";

/** Why a socket is closed at the end. */
const ENDED = "It has ended";

/** What every stored event has. */
interface StoredEvent {
  readonly seq: number;
  readonly kind: string;
}

/** Where the events come from. */
export interface EventLog<E extends StoredEvent> {
  /** The stored events after a number. */
  readonly read: (afterSeq: number) => E[];
  /** Whether nothing follows this event. */
  readonly ends: (event: E) => boolean;
}

/** One event in the format of https://html.spec.whatwg.org/multipage/server-sent-events.html */
function toSse(event: StoredEvent): string {
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

interface Listener<E> {
  send(event: E): void;
  close(): void;
}

/** Everyone who watches one job, or one batch, through this instance of its object. */
export class EventStream<E extends StoredEvent> {
  readonly #listeners = new Set<Listener<E>>();
  readonly #context: DurableObjectState;
  readonly #log: EventLog<E>;

  constructor(context: DurableObjectState, log: EventLog<E>) {
    this.#context = context;
    this.#log = log;
  }

  /** Hands new events to all listeners. */
  publish(events: readonly E[]): void {
    for (const event of events) {
      for (const listener of [...this.#listeners]) listener.send(event);
      sendToAll(this.#context, JSON.stringify(event));
    }
    if (events.some(this.#log.ends)) this.#closeSockets(ENDED);
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
        const replay = this.#log.read(afterSeq);
        for (const event of replay) write(toSse(event));
        if (final) return close();
        const listener: Listener<E> = {
          send: (event) => {
            write(toSse(event));
            if (this.#log.ends(event)) close();
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

  /**
   * An answer whose body, which is empty, is over as soon as the log has ended, or after `ms`: for calls that wait. A caller
   * that hangs up is forgotten at once, and `onGone` called.
   */
  openEnd(ms: number, final: boolean, onGone?: () => void): Response {
    const cleanups: (() => void)[] = [];
    const stop = () => {
      for (const cleanup of cleanups.splice(0)) cleanup();
    };
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const close = () => {
          stop();
          controller.close();
        };
        if (final) return close();
        const listener: Listener<E> = { send: (event) => this.#log.ends(event) && close(), close };
        this.#listeners.add(listener);
        const end = setTimeout(close, ms);
        cleanups.push(
          () => this.#listeners.delete(listener),
          () => clearTimeout(end),
        );
      },
      cancel: () => {
        stop();
        onGone?.();
      },
    });
    return new Response(body, { headers: { "Cache-Control": "no-store" } });
  }

  /** How many listen, but for WebSockets. */
  get listening(): number {
    return this.#listeners.size;
  }

  /** Events over a WebSocket: one JSON text frame per event. `ping` is answered `pong` without waking the object. */
  openSocket(afterSeq: number, final: boolean): Response {
    const { client, server } = acceptSocket(this.#context);
    for (const event of this.#log.read(afterSeq)) server.send(JSON.stringify(event));
    if (final) server.close(1000, ENDED);
    return new Response(null, { status: 101, webSocket: client });
  }

  #closeSockets(reason: string): void {
    for (const socket of this.#context.getWebSockets()) socket.close(1000, reason);
  }
}
