/**
 * Requests with an `Idempotency-Key`: the same one twice makes one thing. The key belongs to its owner for 24 h.
 *
 * What the request makes gets its id from `seed`, which stays with the key: a request that broke off after it took effect
 * makes the same thing when it is repeated, not another one.
 * Source of the answers: draft-ietf-httpapi-idempotency-key-header-07, section 2.
 */
import { IDEMPOTENCY_IN_FLIGHT_MS, IDEMPOTENCY_TTL_S } from "#contract/limits.ts";

/** An answer as it was given. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IdempotencyRecord {
  /** Hash of method, path and body. */
  readonly fingerprint: string;
  /** 128 random bits in hex. */
  readonly seed: string;
  /** When the request now at work began; null when it broke off. */
  readonly startedAt: number | null;
  readonly expiresAt: number;
  /** Null while there is none. */
  readonly answer: StoredAnswer | null;
}

export type IdempotencyDecision =
  | { readonly kind: "run"; readonly record: IdempotencyRecord }
  | { readonly kind: "replay"; readonly answer: StoredAnswer }
  | { readonly kind: "in_flight" }
  | { readonly kind: "other_request" };

/** What to do with a request. `newSeed` is used when the key is new. */
export function beginRequest(
  record: IdempotencyRecord | null,
  { fingerprint, newSeed }: { fingerprint: string; newSeed: string },
  now: number,
): IdempotencyDecision {
  if (!record || now >= record.expiresAt) {
    const expiresAt = now + IDEMPOTENCY_TTL_S * 1000;
    return { kind: "run", record: { fingerprint, seed: newSeed, startedAt: now, expiresAt, answer: null } };
  }
  if (record.fingerprint !== fingerprint) return { kind: "other_request" };
  // The call that took the key, repeated because its answer was lost.
  if (record.seed === newSeed && !record.answer) return { kind: "run", record };
  if (record.answer) return { kind: "replay", answer: record.answer };
  if (record.startedAt !== null && now < record.startedAt + IDEMPOTENCY_IN_FLIGHT_MS) return { kind: "in_flight" };
  return { kind: "run", record: { ...record, startedAt: now } };
}

/**
 * The record after a request ended; null when the key is free again. A success is kept. A refusal has made nothing, so that
 * a mended request may use the key again. After a failure of ours the same request may have taken effect: it keeps its seed.
 */
export function endRequest(record: IdempotencyRecord, answer: StoredAnswer): IdempotencyRecord | null {
  if (answer.status < 300) return { ...record, startedAt: null, answer };
  return answer.status < 500 ? null : { ...record, startedAt: null };
}
