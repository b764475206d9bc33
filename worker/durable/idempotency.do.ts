/** One idempotency key of one owner: whether its request is at work, and the answer it got. */
import { DurableObject } from "cloudflare:workers";
import { IDEMPOTENCY_TTL_S } from "#contract/limits.ts";
import { beginRequest, endRequest, type IdempotencyDecision, type StoredAnswer } from "../domain/idempotency.ts";
import type { Env } from "../env.ts";
import { loadRequest, migrateIdempotencyStore, saveRequest } from "../storage/idempotency-store.ts";
import { armIfLost } from "./lost-alarm.ts";

/** A clean-up that failed is tried again after this long. */
const RETRY_MS = 60_000;

export class IdempotencyObject extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#sql = context.storage.sql;
  }

  /** Takes the key for a request, or says why it can't run. */
  begin(request: { fingerprint: string; newSeed: string }): IdempotencyDecision {
    // The alarm may have deleted everything while this object stayed in memory.
    migrateIdempotencyStore(this.#sql);
    const decision = beginRequest(loadRequest(this.#sql), request, Date.now());
    if (decision.kind === "run") {
      saveRequest(this.#sql, decision.record);
      void this.ctx.storage.setAlarm(decision.record.expiresAt);
    } else armIfLost(this.ctx, () => void this.ctx.storage.setAlarm(Date.now() + IDEMPOTENCY_TTL_S * 1000));
    return decision;
  }

  /** The request with this seed has its answer. */
  end(seed: string, answer: StoredAnswer): void {
    migrateIdempotencyStore(this.#sql);
    const record = loadRequest(this.#sql);
    if (record?.seed === seed) saveRequest(this.#sql, endRequest(record, answer));
  }

  /** Forgets the key when its time is over. Never throws: the platform would stop retrying. */
  override async alarm(): Promise<void> {
    try {
      migrateIdempotencyStore(this.#sql);
      const record = loadRequest(this.#sql);
      if (record && Date.now() < record.expiresAt) await this.ctx.storage.setAlarm(record.expiresAt);
      else await this.ctx.storage.deleteAll();
    } catch (error) {
      console.error("idempotency alarm failed", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
    }
  }
}
