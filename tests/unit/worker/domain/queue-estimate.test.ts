/** A job's place in line and its times, from what is in line beside it. */
import { describe, expect, it } from "vitest";
import { countAhead, estimateTimes } from "../../../../worker/domain/queue-estimate.ts";

const ALONE = { above: 0, pass: 0, ownAhead: 0, queuedAt: 100, others: [] };

describe("the jobs ahead of one", () => {
  it("are none when it is alone, and all of higher priority otherwise", () => {
    expect(countAhead(ALONE)).toBe(0);
    expect(countAhead({ ...ALONE, above: 7 })).toBe(7);
  });

  it("are the owner's own older ones, and as many of another owner as are served in turn", () => {
    const other = { ready: 900, pass: 0, headAt: 50 };
    // The other's head waits longer: it goes first at every pass.
    expect(countAhead({ ...ALONE, ownAhead: 3, others: [other] })).toBe(3 + 4);
    expect(countAhead({ ...ALONE, ownAhead: 3, others: [{ ...other, headAt: 200 }] })).toBe(3 + 3);
    expect(countAhead({ ...ALONE, ownAhead: 3, others: [{ ...other, ready: 2 }] })).toBe(3 + 2);
  });

  it("are none of an owner that was served more", () => {
    expect(countAhead({ ...ALONE, ownAhead: 1, others: [{ ready: 9, pass: 20, headAt: 1 }] })).toBe(1);
  });
});

describe("the times of a queued job", () => {
  it("are at once while a slot is free", () => {
    expect(estimateTimes({ ahead: 1, inFlight: 2, slots: 4, meanMs: 10_000 })).toEqual({ startsInS: 0, etaS: 10 });
  });

  it("are half a job behind a single one at work, and grow with the line over all slots", () => {
    expect(estimateTimes({ ahead: 0, inFlight: 1, slots: 1, meanMs: 10_000 })).toEqual({ startsInS: 5, etaS: 15 });
    expect(estimateTimes({ ahead: 8, inFlight: 4, slots: 4, meanMs: 10_000 })).toEqual({ startsInS: 21, etaS: 31 });
  });

  it("are unknown when nobody works or no such job has ended yet", () => {
    const unknown = { startsInS: null, etaS: null };
    expect(estimateTimes({ ahead: 0, inFlight: 0, slots: 0, meanMs: 1_000 })).toEqual(unknown);
    expect(estimateTimes({ ahead: 0, inFlight: 0, slots: 1, meanMs: null })).toEqual(unknown);
  });
});
