/**
 * Parts of a stage on the runner that has the attempt. It names them once, works through them from the front, and leaves out
 * what other runners have claimed from the back. At the end it waits for those, and makes what they did not, or take too long
 * for: a part that is made twice does no harm (backup tasks, Dean and Ghemawat, "MapReduce", OSDI 2004, §3.6).
 */
import type { Lease, SharedPartsStatus } from "#contract/runner-api.ts";
import type { Clock } from "../clock.ts";
import type { Part, PartsMade, PartWork } from "../jobs/job.ts";
import { LeaseLostError, type RunnerApi } from "../runner-api.ts";
import { errorText, type RunnerLog } from "../runner-log.ts";
import type { AttemptCheckpoints } from "./attempt-checkpoints.ts";
import {
  makeAll,
  type NextPart,
  type PartQueue,
  type PartSharing,
  type PartStage,
  takeCheckpoints,
} from "./part-sharing.ts";

/** Others may take this many times as long as the longest part took here, and this long at least, ms. */
const PATIENCE = 3;
const PATIENCE_MIN_MS = 30_000;

export interface LeadPartsOptions {
  readonly lease: Lease;
  readonly api: Pick<RunnerApi, "announceParts">;
  readonly checkpoints: AttemptCheckpoints;
  readonly clock: Clock;
  readonly log: RunnerLog;
}

export class LeadParts implements PartSharing {
  readonly assists = false;
  readonly #options: LeadPartsOptions;
  #queue: SharedQueue<Part> | undefined;

  constructor(options: LeadPartsOptions) {
    this.#options = options;
  }

  /** What other runners have, as the Worker told it last. */
  note(others: SharedPartsStatus | undefined): void {
    this.#queue?.note(others);
  }

  async make<P extends Part>(work: PartWork<P>, stage: PartStage): Promise<PartsMade<P>> {
    const { checkpoints, clock } = this.#options;
    const { resumed, missing } = await takeCheckpoints(work, checkpoints);
    const take = async (part: P) =>
      (await checkpoints.readNew(part.name, part.path)) && ((await work.accept?.(part)) ?? true);
    const onDone = (done: number) => work.onDone?.(resumed.length + done);
    const queue = new SharedQueue(missing, { signal: stage.signal, clock, take, onDone });
    this.#queue = queue as unknown as SharedQueue<Part>;
    // Fewer than that are all begun at once: there is nothing to give away.
    if (missing.length > work.atOnce) await this.#announce(missing, work.atOnce, stage);
    try {
      await makeAll(work, queue, Math.min(work.atOnce, missing.length), { checkpoints, signal: stage.signal });
    } finally {
      this.#queue = undefined;
    }
    return { resumed, byOthers: queue.byOthers };
  }

  /** A Worker that is not told only gets no help. */
  async #announce(parts: readonly Part[], atOnce: number, { stage, setUpMs, signal }: PartStage): Promise<void> {
    const { api, lease, log } = this.#options;
    const names = parts.map(({ name }) => name);
    try {
      const status = await api.announceParts(lease, { stage, names, atOnce, setUpMs }, signal);
      if (status) this.note(status.parts);
    } catch (error) {
      if (error instanceof LeaseLostError || signal.aborted) throw error;
      log.warn("parts can't be shared", { error: errorText(error) });
    }
  }
}

interface SharedQueueOptions<P extends Part> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Brings what another runner has made. */
  take(part: P): Promise<boolean>;
  onDone(done: number): void;
}

class SharedQueue<P extends Part> implements PartQueue<P> {
  /** Those that others have made. */
  readonly byOthers: P[] = [];
  readonly #parts: readonly P[];
  readonly #options: SharedQueueOptions<P>;
  /** Places of parts that were given to a maker here, and when. */
  readonly #begun = new Map<number, number>();
  #taken: ReadonlySet<number> = new Set();
  #made: ReadonlySet<number> = new Set();
  #done = 0;
  #told = 0;
  /** How long the slowest part took here. */
  #longestMs = 0;
  #waitsSince: number | undefined;
  #news = Promise.withResolvers<void>();

  constructor(parts: readonly P[], options: SharedQueueOptions<P>) {
    this.#parts = parts;
    this.#options = options;
    options.signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  note({ taken, done }: SharedPartsStatus = { taken: [], done: [] }): void {
    this.#taken = new Set(taken);
    // What is there stays there, in whatever order the answers come.
    this.#made = new Set([...this.#made, ...done]);
    this.#tell();
    this.#wake();
  }

  async next(): Promise<NextPart<P> | null> {
    const { signal, clock } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const own = this.#begin((place) => !this.#taken.has(place) && !this.#made.has(place));
      if (own) return { part: own };
      const made = this.#begin((place) => this.#made.has(place));
      if (made) return { part: made, take: () => this.#takeMade(made) };
      if (this.#begun.size === this.#parts.length) return null;
      // The rest is with others: the next heartbeat tells what became of it, or the doorbell does.
      this.#waitsSince ??= clock.now();
      const leftMs = this.#waitsSince + Math.max(PATIENCE * this.#longestMs, PATIENCE_MIN_MS) - clock.now();
      const late = leftMs <= 0 ? this.#begin(() => true) : undefined;
      if (late) return { part: late };
      await this.#newsWithin(leftMs);
    }
  }

  done(part: P): void {
    const startedAt = this.#begun.get(this.#parts.indexOf(part)) ?? 0;
    this.#longestMs = Math.max(this.#longestMs, this.#options.clock.now() - startedAt);
    this.#done += 1;
    this.#tell();
  }

  /** What others have made counts, though it is fetched at the end. */
  #tell(): void {
    const toFetch = [...this.#made].filter((place) => !this.#begun.has(place)).length;
    const done = this.#done + toFetch;
    // Told only of news: progress is a call, whose answer comes here again.
    if (done <= this.#told) return;
    this.#told = done;
    this.#options.onDone(done);
  }

  /** The first part that fits and is with no maker here is with one now. */
  #begin(fits: (place: number) => boolean): P | undefined {
    const place = this.#parts.findIndex((_, candidate) => !this.#begun.has(candidate) && fits(candidate));
    if (place !== -1) this.#begun.set(place, this.#options.clock.now());
    return this.#parts[place];
  }

  async #newsWithin(ms: number): Promise<void> {
    const heard = new AbortController();
    await Promise.race([this.#news.promise, this.#options.clock.sleep(ms, heard.signal)]);
    heard.abort();
  }

  async #takeMade(part: P): Promise<boolean> {
    const isThere = await this.#options.take(part);
    if (isThere) this.byOthers.push(part);
    return isThere;
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }
}
