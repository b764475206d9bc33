/** What jobs use: of one job, for its row of D1, and added up by day and type for its owner. */
import type { JobState } from "#contract/job.ts";
import type { Usage, UsageAmount } from "#contract/usage.ts";
import type { JobRecord } from "./job-record.ts";

export const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;

/** What one job has used so far. */
export interface JobUsage {
  /** For so long runners have held it; what others helped with is not in it, nor an attempt that goes on. */
  readonly runMs: number;
  readonly bytesIn: number;
  /** Of what it published; of a result that was there already as well. */
  readonly bytesOut: number;
}

export function usageOf({ attempts, inputs, manifest }: Pick<JobRecord, "attempts" | "inputs" | "manifest">): JobUsage {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    runMs: sum(attempts.map(({ startedAt, endedAt }) => Math.max(0, endedAt - startedAt))),
    bytesIn: sum(inputs.map(({ bytes }) => bytes)),
    bytesOut: sum((manifest?.artifacts ?? []).map(({ bytes }) => bytes)),
  };
}

/** Jobs of one day, one type and one state. */
export interface UsageRow extends JobUsage {
  /** Days since 1970-01-01, UTC. */
  readonly day: number;
  readonly type: string;
  readonly state: JobState;
  readonly jobs: number;
  readonly unmeasured: number;
}

/** The days from `from` to `to`, both included, as days since 1970-01-01. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Adds it all up. `perHour` is what an hour of a runner costs. */
export function sumUsage(
  rows: readonly UsageRow[],
  { from, to }: Period,
  cost: { readonly perHour: number; readonly currency: string },
): Omit<Usage, "truncated"> {
  const amountOf = (of: readonly UsageRow[]) => toAmount(of, cost.perHour);
  const types = [...new Set(rows.map(({ type }) => type))].sort();
  const days = Array.from({ length: to - from + 1 }, (_, n) => from + n);
  const byDay = new Map<number, UsageRow[]>();
  for (const row of rows) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row]);
  return {
    from: dayName(from),
    to: dayName(to),
    currency: cost.currency,
    costPerRunnerHour: cost.perHour,
    total: amountOf(rows),
    types: types.map((type) => ({ type, ...amountOf(rows.filter((row) => row.type === type)) })),
    days: days.map((day) => ({ day: dayName(day), ...amountOf(byDay.get(day) ?? []) })),
  };
}

/** `2026-11-22`. */
export function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** Days since 1970-01-01 of a day like `2026-11-22`. */
export function dayNumber(name: string): number {
  return Math.floor(Date.parse(`${name}T00:00:00Z`) / DAY_MS);
}

function toAmount(rows: readonly UsageRow[], perHour: number): UsageAmount {
  const sum = (value: (row: UsageRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const states: Partial<Record<JobState, number>> = {};
  for (const { state, jobs } of rows) states[state] = (states[state] ?? 0) + jobs;
  const runMs = sum((row) => row.runMs);
  return {
    jobs: sum((row) => row.jobs),
    states,
    runSeconds: runMs / 1000,
    bytesIn: sum((row) => row.bytesIn),
    bytesOut: sum((row) => row.bytesOut),
    unmeasured: sum((row) => row.unmeasured),
    estimatedCost: Math.round((runMs / HOUR_MS) * perHour * 10_000) / 10_000,
  };
}
