/**
 * The WebSocket over which the pool rings. A ring is only a hint, so nothing is lost when the connection is: the runner
 * polls as well. It reconnects for as long as it is open, with backoff, and notices a dead connection by its pings.
 */
import { doorbellSchema } from "#contract/runner-api.ts";
import { type Clock, jitter, systemClock } from "./clock.ts";
import { errorText, type RunnerLog } from "./runner-log.ts";

const PING_MS = 30_000;
const RECONNECT_MIN_MS = 500;
const RECONNECT_MAX_MS = 15_000;
const RECONNECT_JITTER = 0.5;

export interface DoorbellOptions {
  readonly api: string;
  readonly key: string;
  readonly pool: string;
  readonly runnerId: string;
  readonly log: RunnerLog;
  readonly clock?: Clock;
  /** There may be work; also called on every new connection, for rings that were missed. */
  onWork(): void;
  onCancel(jobId: string): void;
  /** Other runners have made parts of a job, or given some back. */
  onParts(jobId: string): void;
}

export class Doorbell {
  readonly #options: DoorbellOptions;
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(options: DoorbellOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Stays connected until `close`. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#closing;
    for (let failures = 0; !signal.aborted; ) {
      const wasOpen = await this.#connectOnce();
      failures = wasOpen ? 0 : failures + 1;
      const waitMs = Math.min(RECONNECT_MIN_MS * 2 ** failures, RECONNECT_MAX_MS);
      if (!signal.aborted) await this.#clock.sleep(jitter(waitMs, RECONNECT_JITTER), signal);
    }
  }

  close(): void {
    this.#closing.abort();
  }

  /** One connection, until it ends. Resolves with whether it ever was open. */
  async #connectOnce(): Promise<boolean> {
    const { api, key, pool, runnerId, log, onWork } = this.#options;
    const url = `${api.replace(/^http/, "ws")}/runner/v1/pools/${pool}/doorbell?runnerId=${encodeURIComponent(runnerId)}`;
    // Node's WebSocket takes headers; the browser's, whose types may win, does not.
    const options = { headers: { authorization: `Bearer ${key}` } } as unknown as string[];
    const socket = new WebSocket(url, options);
    const ended = new AbortController();
    let wasOpen = false;
    const hangUp = () => socket.close();
    this.#closing.signal.addEventListener("abort", hangUp, { once: true });
    // A refused handshake ends in an `error` without a `close`.
    const closed = new Promise<void>((resolve) => {
      for (const end of ["close", "error"]) socket.addEventListener(end, () => resolve(), { once: true });
    });
    const awaitsPong = { current: false };
    socket.addEventListener("open", () => {
      wasOpen = true;
      log.info("doorbell connected");
      onWork();
      void this.#ping(socket, awaitsPong, ended.signal);
    });
    socket.addEventListener("message", (event) => {
      awaitsPong.current = false;
      if (event.data !== "pong") this.#onRing(event.data);
    });
    socket.addEventListener("error", (event) => log.warn("doorbell failed", { error: reasonOf(event) }));
    await closed;
    socket.close();
    ended.abort();
    this.#closing.signal.removeEventListener("abort", hangUp);
    return wasOpen;
  }

  /** A connection whose ping is unanswered when the next one is due is dead. */
  async #ping(socket: WebSocket, awaitsPong: { current: boolean }, ended: AbortSignal): Promise<void> {
    for (;;) {
      await this.#clock.sleep(PING_MS, ended);
      if (ended.aborted) return;
      if (awaitsPong.current) return socket.close();
      awaitsPong.current = true;
      socket.send("ping");
    }
  }

  #onRing(data: unknown): void {
    const ring = doorbellSchema.safeParse(parseJson(String(data))).data;
    if (ring?.kind === "work") this.#options.onWork();
    if (ring?.kind === "cancel") this.#options.onCancel(ring.jobId);
    if (ring?.kind === "parts") this.#options.onParts(ring.jobId);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a newer Worker may say other things
  }
}

function reasonOf(event: Event): string {
  return "error" in event ? errorText(event.error) : "no connection";
}
