/** Idempotency keys: which request runs, which is answered again, which has to wait. */
import { describe, expect, it } from "vitest";
import { IDEMPOTENCY_IN_FLIGHT_MS, IDEMPOTENCY_TTL_S } from "#contract/limits.ts";
import { beginRequest, endRequest, type IdempotencyRecord } from "../../../../worker/domain/idempotency.ts";

const NOW = 1_000_000;
const request = { fingerprint: "f", newSeed: "s1" };
const answer = { status: 202, headers: { Location: "/x" }, body: "{}" };

function begun(): IdempotencyRecord {
  const decision = beginRequest(null, request, NOW);
  if (decision.kind !== "run") throw new Error(decision.kind);
  return decision.record;
}

describe("an idempotency key", () => {
  it("that is new runs the request", () => {
    expect(begun()).toMatchObject({ seed: "s1", startedAt: NOW, answer: null });
  });

  it("keeps a second request waiting while the first is at work, and not for ever", () => {
    const second = { ...request, newSeed: "s2" };
    expect(beginRequest(begun(), second, NOW + 1)).toEqual({ kind: "in_flight" });
    const late = beginRequest(begun(), second, NOW + IDEMPOTENCY_IN_FLIGHT_MS);
    // It may have taken effect before it broke off: what is made must be the same.
    expect(late).toMatchObject({ kind: "run", record: { seed: "s1" } });
  });

  it("lets the call that took it be repeated", () => {
    expect(beginRequest(begun(), request, NOW + 1)).toMatchObject({ kind: "run", record: { seed: "s1" } });
  });

  it("gives a success again, and refuses another request", () => {
    const record = endRequest(begun(), answer);
    expect(beginRequest(record, { ...request, newSeed: "s2" }, NOW + 1)).toEqual({ kind: "replay", answer });
    expect(beginRequest(record, { fingerprint: "g", newSeed: "s2" }, NOW + 1)).toEqual({ kind: "other_request" });
  });

  it("is free after a refusal, and keeps its seed after a failure of ours", () => {
    expect(endRequest(begun(), { ...answer, status: 422 })).toBeNull();
    const failed = endRequest(begun(), { ...answer, status: 500 });
    const again = beginRequest(failed, { ...request, newSeed: "s2" }, NOW + 1);
    expect(again).toMatchObject({ kind: "run", record: { seed: "s1", startedAt: NOW + 1 } });
  });

  it("is new again when its time is over", () => {
    const record = endRequest(begun(), answer);
    const later = beginRequest(record, { fingerprint: "g", newSeed: "s2" }, NOW + IDEMPOTENCY_TTL_S * 1000);
    expect(later).toMatchObject({ kind: "run", record: { seed: "s2" } });
  });
});
