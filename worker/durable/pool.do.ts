/**
 * One pool: it orders jobs and rings runners, and decides nothing else. It offers a job; the job's own object grants
 * the lease. An offer that nobody takes up (the Worker died in between) comes back by itself.
 */
import { DurableObject } from "cloudflare:workers";
import type { Doorbell } from "#contract/runner-api.ts";
import type { Env } from "../env.ts";
import {
  countEntries,
  deleteEntry,
  findOffer,
  firstReady,
  migratePoolStore,
  nextWakeAt,
  noteOffer,
  type Place,
  type PoolEntry,
  putEntry,
  sleepEntry,
  wakeDue,
} from "../storage/pool-store.ts";
import { acceptSocket, answerClose, sendToAll } from "./sockets.ts";

/** An offered job is not offered again for this long. */
const OFFER_MS = 10_000;

/** An alarm that failed rings again after this long. */
const RETRY_MS = 5_000;

export class PoolObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
    migratePoolStore(this.#sql);
  }

  /** Puts a job in line and rings the runners. Again for the same job is harmless. */
  enqueue(entry: PoolEntry): void {
    const now = Date.now();
    putEntry(this.#sql, entry, now);
    if (entry.notBefore === null || entry.notBefore <= now) this.#ring({ kind: "work" });
    else this.#arm();
  }

  /** Takes a job out of line: it was leased, cancelled, or is over. */
  remove(place: Place): void {
    deleteEntry(this.#sql, place);
  }

  /** The next job for a runner of these types, or null. `leaseId` names the call: repeated, it gets the same job. */
  offer(types: readonly string[], leaseId: string): Place | null {
    const now = Date.now();
    const offered = findOffer(this.#sql, leaseId, now);
    if (offered) return offered;
    wakeDue(this.#sql, now);
    const place = firstReady(this.#sql, types);
    if (!place) return null;
    sleepEntry(this.#sql, place.jobId, now + OFFER_MS);
    noteOffer(this.#sql, leaseId, place, now + OFFER_MS);
    this.#arm();
    return place;
  }

  /** Tells runners at once that a job was cancelled; the heartbeat's answer tells it in any case. */
  ringCancel(jobId: string): void {
    this.#ring({ kind: "cancel", jobId });
  }

  /** Jobs in line. */
  counts(): { ready: number; asleep: number; doorbells: number } {
    return { ...countEntries(this.#sql), doorbells: this.ctx.getWebSockets().length };
  }

  /** A runner's doorbell: a WebSocket that hibernates while nothing happens. */
  override async fetch(): Promise<Response> {
    const { client } = acceptSocket(this.ctx);
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(): void {
    // Runners say nothing here but `ping`, which the runtime answers.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    answerClose(socket, code);
  }

  /** Sleeping jobs become due: ring for them. Never throws: the platform would stop retrying. */
  override async alarm(): Promise<void> {
    try {
      if (wakeDue(this.#sql, Date.now()) > 0) this.#ring({ kind: "work" });
      this.#arm();
    } catch (error) {
      console.error("pool alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  #ring(message: Doorbell): void {
    sendToAll(this.ctx, JSON.stringify(message));
  }

  #arm(): void {
    const at = nextWakeAt(this.#sql);
    if (at !== null) void this.ctx.storage.setAlarm(at);
  }
}
