import { expect, it } from "vitest";
import { charge, MAX_REMEMBERED_CHARGES, type Meter, settle } from "../../../../worker/domain/quota.ts";
import { policyField, secondsUntil, standingField } from "../../../../worker/domain/rate-limit-fields.ts";

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const FIVE = { limit: 5, windowMs: HOUR };

/** A meter charged with these in turn, all at `NOW`. */
function charged(...charges: readonly (readonly [string, number])[]): Meter {
  let meter: Meter | null = null;
  for (const entry of charges) meter = charge(meter, FIVE, entry, NOW).meter;
  return meter as Meter;
}

it("takes charges up to the limit and no further", () => {
  let meter: Meter | null = null;
  const left: (number | "refused")[] = [];
  for (const id of ["a", "b", "c", "d", "e", "f"]) {
    const next = charge(meter, FIVE, [id, 1], NOW);
    meter = next.meter;
    left.push(next.standing.ok ? next.standing.remaining : "refused");
  }
  expect(left).toEqual([4, 3, 2, 1, 0, "refused"]);
});

it("takes a charge of several whole or not at all", () => {
  const meter = charged(["a", 3]);
  expect(charge(meter, FIVE, ["b", 3], NOW)).toMatchObject({
    meter: { used: 3 },
    standing: { ok: false, remaining: 2 },
  });
  expect(charge(meter, FIVE, ["b", 2], NOW).standing).toMatchObject({ ok: true, remaining: 0 });
});

it("charges nothing for an id it knows, though all is used up", () => {
  const meter = charged(["a", 5]);
  expect(charge(meter, FIVE, ["a", 5], NOW + 10)).toEqual({
    meter,
    standing: { ok: true, remaining: 0, resetAt: NOW + HOUR },
  });
});

it("begins a window with the first charge, and ends it for all at once", () => {
  const first = charge(null, FIVE, ["a", 5], NOW);
  expect(first.standing.resetAt).toBe(NOW + HOUR);
  expect(charge(first.meter, FIVE, ["b", 1], NOW + HOUR - 1).standing.ok).toBe(false);
  expect(charge(first.meter, FIVE, ["b", 1], NOW + HOUR)).toMatchObject({
    meter: { startedAt: NOW + HOUR, used: 1 },
    standing: { ok: true, remaining: 4, resetAt: NOW + 2 * HOUR },
  });
});

it("gives back once what was charged, however often it is told", () => {
  const refunded = settle(charged(["a", 2], ["b", 2]), FIVE, ["a", 0], NOW);
  expect(refunded.standing.remaining).toBe(3);
  expect(settle(refunded.meter, FIVE, ["a", 0], NOW).standing.remaining).toBe(3);
  expect(charge(refunded.meter, FIVE, ["a", 2], NOW).standing.remaining).toBe(1);
});

it("gives back nothing to who has not paid it, and nothing at all once another request relies on it", () => {
  const paid = charge(null, FIVE, ["a", 2, "first"], NOW).meter;
  expect(settle(paid, FIVE, ["a", 0, "second"], NOW).standing.remaining).toBe(3);
  const again = charge(paid, FIVE, ["a", 2, "first"], NOW).meter;
  expect(settle(again, FIVE, ["a", 0, "first"], NOW).standing.remaining).toBe(5);
  const joined = charge(paid, FIVE, ["a", 2, "second"], NOW);
  expect(joined.standing).toMatchObject({ ok: true, remaining: 3 });
  for (const payer of ["first", "second"])
    expect(settle(joined.meter, FIVE, ["a", 0, payer], NOW).standing.remaining).toBe(3);
});

it("charges for an id it knows what it needs more than before, if there is as much", () => {
  const grown = charge(charged(["a", 1]), FIVE, ["a", 4], NOW);
  expect(grown.standing).toMatchObject({ ok: true, remaining: 1 });
  expect(charge(grown.meter, FIVE, ["a", 2], NOW).standing).toMatchObject({ ok: true, remaining: 1 });
  expect(charge(grown.meter, FIVE, ["a", 6], NOW).standing).toMatchObject({ ok: false, remaining: 1 });
});

it("gives back a part of a charge", () => {
  const settled = settle(charged(["a", 4]), FIVE, ["a", 1], NOW);
  expect(settled.standing.remaining).toBe(4);
  expect(settle(settled.meter, FIVE, ["a", 1], NOW).standing.remaining).toBe(4);
});

it("gives nothing back for a window that is over", () => {
  const after = settle(charged(["a", 4]), FIVE, ["a", 0], NOW + HOUR);
  expect(after.meter.used).toBe(0);
});

it("follows a limit that was lowered meanwhile", () => {
  expect(charge(charged(["a", 4]), { limit: 2, windowMs: HOUR }, ["b", 1], NOW).standing).toMatchObject({
    ok: false,
    remaining: 0,
  });
});

it("forgets the oldest ids, never what was charged for them", () => {
  const many = { limit: 10_000, windowMs: HOUR };
  let meter: Meter | null = null;
  for (let n = 0; n < 1_000; n++) meter = charge(meter, many, [`job_${n}`, 1], NOW).meter;
  expect(meter?.charges).toHaveLength(MAX_REMEMBERED_CHARGES);
  expect(meter?.charges.at(-1)?.[0]).toBe("job_999");
  expect(meter?.used).toBe(1_000);
});

it("says how a quota stands as structured fields", () => {
  expect(policyField("jobs", FIVE)).toBe('"jobs";q=5;w=3600');
  expect(policyField("bytes", { limit: 999_999_999_999_999, windowMs: 24 * HOUR })).toBe(
    '"bytes";q=999999999999999;w=86400;qu="content-bytes"',
  );
  expect(standingField("jobs", { remaining: 4, resetAt: NOW + 1_799_001 }, NOW)).toBe('"jobs";r=4;t=1800');
  expect(secondsUntil(NOW - 1, NOW)).toBe(0);
});
