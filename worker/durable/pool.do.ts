/**
 * One pool: it orders jobs and rings runners, and decides nothing else. It offers a job; the job's own object grants
 * the lease. An offer that nobody takes up (the Worker died in between) comes back by itself. All it holds can be told
 * again by the jobs, and is: each confirms its place every `POOL_CONFIRM_MS` while it is not over.
 */
import { DurableObject } from "cloudflare:workers";
import type { PoolStatus } from "#contract/admin-api.ts";
import { LEASE_TTL_MS, POOL_CONFIRM_MS } from "#contract/limits.ts";
import { countAhead } from "../domain/queue-estimate.ts";
import type { Env } from "../env.ts";
import {
  type AssistEntry,
  deleteAssist,
  migrateAssists,
  offerAssist,
  putAssist,
  refuseAssist,
} from "../storage/pool-assists.ts";
import { chargeLane, nextLane } from "../storage/pool-lanes.ts";
import { meanDuration, migrateDurations, noteDuration, readStanding } from "../storage/pool-standing.ts";
import {
  countEntries,
  deleteEntry,
  findOffer,
  firstInLane,
  forgetOffer,
  isBelowCap,
  migratePoolStore,
  nextWakeAt,
  offerEntry,
  type Place,
  type PoolEntry,
  type PoolSettings,
  putEntry,
  readSettings,
  saveSettings,
  strikeOff,
  takeEntry,
  wakeDue,
} from "../storage/pool-store.ts";
import { Doorbells } from "./doorbells.ts";
import { answerClose } from "./sockets.ts";

/** A job at work that has not been told of for so long is forgotten: it tells every `POOL_CONFIRM_MS`. */
const FORGET_MS = 3 * POOL_CONFIRM_MS;
/** An offered job is not offered again for this long. */
const OFFER_MS = 10_000;
/** So long an offer is made again to the call that had it: a runner that has no answer by then asks anew. */
const OFFER_KNOWN_MS = LEASE_TTL_MS;

/** An alarm that failed rings again after this long. */
const RETRY_MS = 5_000;

/** A job in line, or with `help` one at work that can use another runner. */
export interface Offer extends Place {
  readonly help?: true;
}

export class PoolObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #doorbells: Doorbells;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
    this.#doorbells = new Doorbells(context);
    migratePoolStore(this.#sql);
    migrateDurations(this.#sql);
    migrateAssists(this.#sql);
  }

  /** Puts a job in line and rings runners that wait for it. Again for the same turn is harmless. */
  enqueue({ notBefore, ...entry }: PoolEntry & { notBefore: number | null }): void {
    const now = Date.now();
    putEntry(this.#sql, entry, notBefore, now);
    // Help was for the turn before.
    deleteAssist(this.#sql, { jobId: entry.jobId, queuedAt: entry.queuedAt - 1 });
    if ((notBefore ?? 0) <= now && !readSettings(this.#sql).paused) this.#doorbells.ringForWork(entry.type);
    this.#arm();
  }

  /** The job was leased: it is at work, and counts against its owner's cap until it is removed or put in line anew. */
  take(entry: PoolEntry): void {
    takeEntry(this.#sql, entry, Date.now() + FORGET_MS);
    this.#arm();
  }

  /** Takes a job out: it was cancelled, or is over; `ranMs` is how long it took when it succeeded. */
  remove({ ranMs, ...place }: Place & { ranMs?: number | null }): void {
    const entry = deleteEntry(this.#sql, place);
    deleteAssist(this.#sql, place);
    // Told again, it is no longer there: each job counts once.
    if (entry && typeof ranMs === "number") noteDuration(this.#sql, entry.type, ranMs);
  }

  /** Where a job stands, and what there is to tell how long it waits. `ahead`: null when it is not in line. */
  look(
    jobId: string,
    type: string,
  ): { ahead: number | null; inFlight: number; meanMs: number | null; paused: boolean } {
    this.#wake(Date.now());
    const standing = readStanding(this.#sql, jobId);
    return {
      ahead: standing && countAhead(standing),
      inFlight: countEntries(this.#sql).inFlight,
      meanMs: meanDuration(this.#sql, type),
      paused: readSettings(this.#sql).paused,
    };
  }

  /**
   * The next job for a runner of these types, or null. `callId` names the runner's call: repeated, it gets the same job.
   * @param passOver may be given a job at work to help with, when none is ready, but none of these; null: it can't help
   */
  offer(
    types: readonly string[],
    callId: string,
    runnerId: string,
    passOver: readonly string[] | null = null,
  ): Offer | null {
    const now = Date.now();
    const offer = this.#offer(types, callId, now) ?? (passOver && this.#offerHelp(types, callId, passOver, now));
    this.#doorbells.asked(runnerId, types, offer !== null);
    return offer;
  }

  #offer(types: readonly string[], callId: string, now: number): Place | null {
    const offered = findOffer(this.#sql, callId, now);
    if (offered) return offered;
    this.#wake(now);
    const lane = readSettings(this.#sql).paused ? null : nextLane(this.#sql, types);
    const place = lane && firstInLane(this.#sql, lane);
    if (!place) return null;
    chargeLane(this.#sql, lane);
    offerEntry(this.#sql, place.jobId, callId, { placeUntil: now + OFFER_MS, callUntil: now + OFFER_KNOWN_MS });
    this.#arm();
    return place;
  }

  /**
   * The job refused what was offered to that call, which is to be offered another one. `isQueued`: the job stays in line,
   * its time has not come.
   */
  refused(callId: string, place: Place, isQueued: boolean): void {
    forgetOffer(this.#sql, callId, place);
    if (!isQueued) strikeOff(this.#sql, place);
  }

  /** A job at work can use help, or not any more. `leadId`: its runner, when something happened to the parts that others have. */
  help(entry: AssistEntry, leadId: string | null): void {
    const now = Date.now();
    const isWanted = putAssist(this.#sql, entry, now, now + FORGET_MS);
    if (leadId !== null) this.#doorbells.ring([leadId], { kind: "parts", jobId: entry.jobId });
    // A few at a time: each that comes is told here, and more are rung as long as more are wanted.
    if (isWanted && !readSettings(this.#sql).paused) this.#doorbells.ringForWork(entry.type);
  }

  #offerHelp(types: readonly string[], callId: string, passOver: readonly string[], now: number): Offer | null {
    if (readSettings(this.#sql).paused) return null;
    const isOpen = (owner: string, assistants: number) => isBelowCap(this.#sql, owner, assistants);
    const call = { id: callId, passOver, now, until: now + OFFER_KNOWN_MS };
    const place = offerAssist(this.#sql, types, isOpen, call);
    return place && { ...place, help: true };
  }

  /** The job refused the help of that call. `isOver`: it has no use for any. */
  helpRefused(callId: string, jobId: string, isOver: boolean): void {
    refuseAssist(this.#sql, callId, jobId, isOver);
  }

  /** Whether a job of these types is ready: who assists makes way for it. */
  hasWork(types: readonly string[]): boolean {
    this.#wake(Date.now());
    return !readSettings(this.#sql).paused && nextLane(this.#sql, types) !== null;
  }

  /** Pauses or resumes the pool, sets its cap; what is left out stays. */
  set(settings: Partial<PoolSettings>): PoolStatus {
    saveSettings(this.#sql, { ...readSettings(this.#sql), ...settings });
    const status = this.status();
    if (!status.paused && status.ready > 0) this.#doorbells.ringForWork(null, Number.POSITIVE_INFINITY);
    return status;
  }

  /** Settings and counts. */
  status(): PoolStatus {
    const settings = readSettings(this.#sql);
    return { ...settings, ...countEntries(this.#sql), doorbells: this.#doorbells.count };
  }

  /** Tells those that work on a job at once that it was cancelled; the heartbeat's answer tells it in any case. */
  ringCancel(jobId: string, runnerIds: readonly string[]): void {
    this.#doorbells.ring(runnerIds, { kind: "cancel", jobId });
  }

  /** A runner's doorbell: a WebSocket that hibernates while nothing happens. */
  override async fetch(request: Request): Promise<Response> {
    const runnerId = new URL(request.url).searchParams.get("runnerId") ?? "";
    return new Response(null, { status: 101, webSocket: this.#doorbells.connect(runnerId) });
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
      this.#wake(Date.now());
      this.#arm();
    } catch (error) {
      console.error("pool alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }

  /** Puts what is due in line, and rings for it: whoever does so first, the alarm finds it done. */
  #wake(now: number): void {
    for (const type of wakeDue(this.#sql, now)) this.#doorbells.ringForWork(type);
  }

  #arm(): void {
    const at = nextWakeAt(this.#sql);
    if (at !== null) void this.ctx.storage.setAlarm(at);
  }
}
