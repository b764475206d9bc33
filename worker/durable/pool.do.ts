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
  firstReady,
  migratePoolStore,
  nextWakeAt,
  type PoolEntry,
  putEntry,
  sleepEntry,
  wakeDue,
} from "../storage/pool-store.ts";
import { acceptSocket, answerClose, sendToAll } from "./sockets.ts";

/** An offered job is not offered again for this long. */
const OFFER_MS = 10_000;

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
  remove(place: { jobId: string; queuedAt: number }): void {
    deleteEntry(this.#sql, place);
  }

  /** The next job for a runner of these types, or null. */
  offer(types: readonly string[]): { jobId: string; queuedAt: number } | null {
    const now = Date.now();
    wakeDue(this.#sql, now);
    const place = firstReady(this.#sql, types);
    if (!place) return null;
    sleepEntry(this.#sql, place.jobId, now + OFFER_MS);
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

  /** Sleeping jobs become due: ring for them. */
  override async alarm(): Promise<void> {
    if (wakeDue(this.#sql, Date.now()) > 0) this.#ring({ kind: "work" });
    this.#arm();
  }

  #ring(message: Doorbell): void {
    sendToAll(this.ctx, JSON.stringify(message));
  }

  #arm(): void {
    const at = nextWakeAt(this.#sql);
    if (at !== null) void this.ctx.storage.setAlarm(at);
  }
}
