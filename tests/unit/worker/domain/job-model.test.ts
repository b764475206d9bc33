/**
 * The job's state machine under random orders of calls, with a clock that jumps and a network that delivers late, twice
 * or never: what must hold whatever happens.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "vitest";
import { FINAL_STATES } from "#contract/job.ts";
import { noteDependencies } from "../../../../worker/domain/dependencies.ts";
import { nextAlarmAt } from "../../../../worker/domain/job-alarm.ts";
import { grantLease } from "../../../../worker/domain/job-lease.ts";
import { isFinal, tick } from "../../../../worker/domain/job-lifecycle.ts";
import { CALL_KINDS, type Call, JobOnNetwork, OWN_CALL_KINDS } from "./job-on-network.ts";

const ORDERS = 12_000;
const TIMEOUT_MS = 60_000;

/** Calls of these kinds: grants, as most mean nothing before there is a lease, and the rest. */
const callOf = (kinds: readonly Call["kind"][]): fc.Arbitrary<Call> =>
  fc.record({
    kind: fc.oneof(
      { weight: 2, arbitrary: fc.constant("grant" as const) },
      { weight: 6, arbitrary: fc.constantFrom(...kinds) },
      // Only a finished job can be shared, and only then be let go.
      { weight: 1, arbitrary: fc.constantFrom("complete" as const, "share" as const, "letGo" as const) },
    ),
    lease: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3) }),
    waitMs: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0, 1, 1_000, 15_000) },
      { weight: 1, arbitrary: fc.constantFrom(30_000, 70_000, 700_000, 90_000_000) },
    ),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    // Steps until each copy arrives: none is lost, 0 is at once, the rest overtake or are overtaken.
    copies: fc.oneof(
      { weight: 6, arbitrary: fc.constant([0]) },
      { weight: 4, arbitrary: fc.array(fc.nat(12), { maxLength: 3 }) },
    ),
  });

/** Orders of calls for a job on its own, and for one that waits for another job's file. */
const ordersOf = (length: fc.ArrayConstraints) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ waits: fc.constant(false), calls: fc.array(callOf(OWN_CALL_KINDS), length) }) },
    { weight: 2, arbitrary: fc.record({ waits: fc.constant(true), calls: fc.array(callOf(CALL_KINDS), length) }) },
  );

const endArbitrary = fc.record({
  parentEnds: fc.constantFrom("succeeded" as const, "failed" as const),
  runnersComeBack: fc.boolean(),
});

describe("a job, whatever the order of calls and however many are late, repeated or lost,", () => {
  it(`keeps one live lease, one accepted result, its attempts, its cancel and a log without gaps (${ORDERS} orders)`, {
    timeout: TIMEOUT_MS,
  }, () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(ordersOf({ minLength: 10, maxLength: 40, size: "max" }), ({ calls, waits }) => {
        const job = new JobOnNetwork({ waits });
        for (const call of calls) job.step(call);
        job.deliverAll();
        job.checkLog();
        for (const what of job.reached()) reached.set(what, (reached.get(what) ?? 0) + 1);
      }),
      { numRuns: ORDERS },
    );
    // The orders are worth something only while they get everywhere.
    const ends = ["succeeded", "failed", "canceled", "expired", "dependency_failed"];
    for (const what of [...CALL_KINDS, "late", "three leases", "input came", ...ends]) {
      assert.ok((reached.get(what) ?? 0) > ORDERS / 100, `${what}: in ${reached.get(what) ?? 0} orders only`);
    }
  });

  it(`always ends by the clock alone when its runners die and nobody calls any more (${ORDERS} orders)`, {
    timeout: TIMEOUT_MS,
  }, () => {
    fc.assert(
      fc.property(ordersOf({ maxLength: 30, size: "max" }), endArbitrary, ({ calls, waits }, end) => {
        const { parentEnds, runnersComeBack } = end;
        const job = new JobOnNetwork({ waits });
        for (const call of calls) job.step(call);
        let { record, now } = job;
        for (let round = 0; round < 20 && !isFinal(record); round++) {
          // Only a runner may start what was started before: a job that waits for one is not lost, it is queued.
          if (record.state === "queued" && (runnersComeBack || record.startedAt !== null)) {
            const grant = { leaseId: `end-${round}`, runnerId: "r", queuedAt: record.queuedAt };
            const change = grantLease(record, grant, Math.max(now, record.notBefore ?? 0));
            if (change.ok) record = change.record;
          }
          // As if all outside work were done: the alarm must ring for the job's own sake.
          const pending = { pool: null, cleanup: false, ringCancel: false, project: false, releaseInputs: false };
          const at = nextAlarmAt({ ...record, pending }, now, Number.POSITIVE_INFINITY);
          assert.notEqual(at, null, `nothing will ever look at this job again: ${record.state}`);
          now = Math.max(now, at ?? now);
          record = tick(record, now, 0.5).record;
          // What it waited for has ended as well, by the same clock; no message said so, but it is asked.
          if (record.pending.askDependencies) record = noteDependencies(record, [job.report(parentEnds)], now).record;
        }
        assert.ok(FINAL_STATES.has(record.state), `still ${record.state}`);
      }),
      { numRuns: ORDERS },
    );
  });
});
