/**
 * The WebSockets on which a pool rings its runners. A job is told to a few runners that have asked for one in vain, and to no
 * other: were all rung, a thousand idle runners would make a thousand calls for every job. What happens to a job at work is
 * told to those that work on it. A ring is a hint. Who misses it polls, so what is known here of runners is kept in memory only.
 */
import type { Doorbell } from "#contract/runner-api.ts";
import { acceptSocket, sendTo } from "./sockets.ts";

/** Runners that are rung for one job: should one of them be gone, or be slow to ask, another one takes it. */
const RUNG_PER_JOB = 3;

export class Doorbells {
  readonly #context: DurableObjectState;
  /** Runners that have asked in vain since they were rung last, who waits longest first, and the job types they take. */
  readonly #idle = new Map<string, readonly string[]>();
  /** Runners that have not asked since they connected, or since the object came into memory: they may be idle. */
  readonly #unknown: Set<string>;

  constructor(context: DurableObjectState) {
    this.#context = context;
    this.#unknown = new Set(context.getWebSockets().flatMap((socket) => context.getTags(socket)));
  }

  /** How many are connected. */
  get count(): number {
    return this.#context.getWebSockets().length;
  }

  /** A runner connects; the other end of its WebSocket. */
  connect(runnerId: string): WebSocket {
    const { client } = acceptSocket(this.#context, [runnerId]);
    this.#unknown.add(runnerId);
    return client;
  }

  /** The runner has asked for a job and got one, or none of these types was there. */
  asked(runnerId: string, types: readonly string[], gotOne: boolean): void {
    this.#unknown.delete(runnerId);
    if (gotOne) this.#idle.delete(runnerId);
    // One that can't be rung need not be kept in mind.
    else if (this.#context.getWebSockets(runnerId).length > 0) this.#idle.set(runnerId, types);
  }

  /** There is work of that type, or of any when it is null: up to `atMost` of those that wait for it hear of it. */
  ringForWork(type: string | null, atMost = RUNG_PER_JOB): void {
    const unknown = [...this.#unknown];
    this.#unknown.clear();
    for (const runnerId of unknown) this.#ringForWork(runnerId);
    let rung = 0;
    for (const [runnerId, types] of this.#idle) {
      if (rung >= atMost) return;
      if (type !== null && !types.includes(type)) continue;
      // It is not rung again before it has asked: it finds all there is by then.
      this.#idle.delete(runnerId);
      if (this.#ringForWork(runnerId)) rung += 1;
    }
  }

  /** These runners hear of something else. Whether there was anybody to ring. */
  ring(runnerIds: readonly string[], message: Doorbell): boolean {
    const sockets = runnerIds.flatMap((runnerId) => this.#context.getWebSockets(runnerId));
    sendTo(sockets, JSON.stringify(message));
    return sockets.length > 0;
  }

  #ringForWork(runnerId: string): boolean {
    return this.ring([runnerId], { kind: "work" });
  }
}
