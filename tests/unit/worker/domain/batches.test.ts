/** Batches: how their jobs hang together, and what their news make of the whole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FINAL_STATES, JOB_STATES } from "#contract/job.ts";
import { MAX_EVENTS_PER_BATCH } from "#contract/limits.ts";
import { type PlannedJob, planBatch } from "../../../../worker/domain/batch-plan.ts";
import {
  type BatchRecord,
  type BatchRow,
  cancelBatch,
  createBatch,
  endsBatch,
  type JobNews,
  noteJob,
  numberBatchEvents,
  toBatch,
} from "../../../../worker/domain/batch-record.ts";

const echo = (key: string | undefined, ...needs: string[]): PlannedJob => ({
  key,
  type: "echo",
  inputs: needs.map((name) => ({ key: name })),
});

describe("the plan of a batch", () => {
  it("places each job above all that it needs, in whatever order they come", () => {
    const plan = planBatch([echo("c", "b", "a"), echo("b", "a"), echo(undefined), echo("a"), echo(undefined, "c")]);
    expect(plan).toEqual({ ok: true, levels: [2, 1, 0, 0, 3] });
  });

  it("finds every circle, and names an input of it", () => {
    const plan = planBatch([echo("x", "a"), echo("a", "b"), echo("b", "c"), echo("c", "a")]);
    expect(plan).toMatchObject({ ok: false, errors: [{ path: "jobs.0.inputs.0.key" }] });
  });

  it("is as deep as it must be for 1,000 jobs in a row", () => {
    const jobs = Array.from({ length: 1_000 }, (_, n) => echo(`k${n}`, ...(n === 999 ? [] : [`k${n + 1}`])));
    const plan = planBatch(jobs);
    expect(plan.ok && plan.levels[0]).toBe(999);
  });

  it("refuses a circle and nothing else, whatever names what", () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { minLength: 10, maxLength: 10 }), (needs) => {
        const plan = planBatch(
          needs.map((list, n) => echo(`k${n}`, ...list.filter((m) => m !== n).map((m) => `k${m}`))),
        );
        const reach = (from: number, seen: Set<number>): Set<number> => {
          for (const next of needs[from] ?? []) if (next !== from && !seen.has(next)) reach(next, seen.add(next));
          return seen;
        };
        const hasCircle = needs.some((_, n) => reach(n, new Set()).has(n));
        expect(plan.ok).toBe(!hasCircle);
      }),
    );
  });

  it("names each wrong key by its path", () => {
    const plan = planBatch([echo("a", "a"), echo("a", "nobody")]);
    expect(plan).toMatchObject({
      errors: [{ path: "jobs.1.key" }, { path: "jobs.0.inputs.0.key" }, { path: "jobs.1.inputs.0.key" }],
    });
  });
});

const rowOf = (number: number): BatchRow => ({
  number,
  key: null,
  id: `job-${number}`,
  type: "echo",
  state: "waiting",
  percent: 0,
  error: null,
  jobSeq: 0,
  made: false,
  toCancel: false,
  purged: false,
  expiresAt: null,
  files: 0,
  checkAt: null,
});

const news = (
  id: string,
  seq: number,
  state: JobNews["state"],
  percent = FINAL_STATES.has(state) ? 100 : 0,
): JobNews => ({
  id,
  seq,
  state,
  percent,
  error: null,
  expiresAt: null,
  purged: false,
});

describe("a batch that hears of its jobs", () => {
  it("counts each job once, in its latest state, whatever news are late, doubled or lost", () => {
    const newsArbitrary = fc.record({
      job: fc.nat(3),
      seq: fc.integer({ min: 1, max: 6 }),
      percent: fc.integer({ min: 0, max: 99 }),
    });
    fc.assert(
      fc.property(fc.array(newsArbitrary, { maxLength: 40 }), (all) => {
        let record: BatchRecord = createBatch("bat", "o", 4, 1);
        const rows = [0, 1, 2, 3].map(rowOf);
        const seqs: number[] = [];
        for (const { job, seq, percent } of all) {
          // A job's state at one number is always the same.
          const state = JOB_STATES[(seq * 7 + job) % JOB_STATES.length] as JobNews["state"];
          const change = noteJob(record, rows[job] as BatchRow, news(`job-${job}`, seq, state, percent), 2);
          if (!change) continue;
          rows[job] = change.row;
          const events = numberBatchEvents(change.record, change.events);
          seqs.push(...events.map((event) => event.seq));
          record = { ...change.record, seq: events.at(-1)?.seq ?? change.record.seq };
          expect(events.filter(endsBatch).length).toBeLessThanOrEqual(1);
        }
        const { counts, percent, state, finishedAt } = { ...toBatch(record, []), finishedAt: record.finishedAt };
        for (const known of JOB_STATES) expect(counts[known]).toBe(rows.filter((row) => row.state === known).length);
        const mean = rows.reduce((sum, row) => sum + row.percent, 0) / 4;
        expect(Math.abs(percent - mean)).toBeLessThan(0.051);
        const isOver = rows.every((row) => FINAL_STATES.has(row.state));
        expect([state === "finished", finishedAt !== null]).toEqual([isOver, isOver]);
        expect(seqs).toEqual(seqs.map((_, index) => index + 1));
      }),
    );
  });

  it("ignores news that are older than what it knows", () => {
    const first = noteJob(createBatch("bat", "o", 1, 1), rowOf(0), news("job-0", 5, "succeeded"), 2);
    expect(first?.events.map(({ kind }) => kind)).toEqual(["job", "status"]);
    expect(first && noteJob(first.record, first.row, news("job-0", 4, "running"), 3)).toBeNull();
  });

  it("tells of a job that is further along in the same state", () => {
    const first = noteJob(createBatch("bat", "o", 2, 1), rowOf(0), news("job-0", 2, "running"), 2);
    const next = first && noteJob(first.record, first.row, news("job-0", 9, "running", 50), 3);
    expect(next?.events).toMatchObject([{ kind: "job", data: { percent: 25, job: { percent: 50 } } }]);
    expect(next && noteJob(next.record, next.row, news("job-0", 9, "running", 50), 4)?.events).toEqual([]);
  });

  it("tells every end though its log is full", () => {
    const full = { ...createBatch("bat", "o", 2, 1), seq: MAX_EVENTS_PER_BATCH };
    const begun = noteJob(full, rowOf(0), news("job-0", 2, "running"), 2);
    expect(begun && numberBatchEvents(begun.record, begun.events)).toEqual([]);
    const ended = noteJob(full, rowOf(0), news("job-0", 3, "failed"), 2);
    expect(ended && numberBatchEvents(ended.record, ended.events)).toHaveLength(1);
  });

  it("asks on for what is not over, and once more when files go; a finished one is not cancelled", () => {
    const record = createBatch("bat", "o", 1, 1);
    expect(noteJob(record, rowOf(0), news("job-0", 1, "running"), 2)?.row.checkAt).toBeGreaterThan(2);
    const over = noteJob(record, rowOf(0), { ...news("job-0", 2, "succeeded"), expiresAt: 900 }, 2);
    expect(over?.row.checkAt).toBeGreaterThan(900);
    expect(noteJob(record, rowOf(0), { ...news("job-0", 3, "succeeded"), purged: true }, 2)?.row.checkAt).toBeNull();
    expect(over && cancelBatch(over.record, 5)).toBe(over?.record);
    expect(cancelBatch(record, 5).cancelRequestedAt).toBe(5);
  });
});
