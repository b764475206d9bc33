/** What was used, in words and as heights of bars. Pure. */
import type { Usage, UsageAmount } from "#contract/usage.ts";
import { formatBytes, formatSeconds } from "../../formatting.ts";

/** Name and value of each figure, in the order they are shown. */
export function usageFigures({ total, currency, costPerRunnerHour }: Usage): (readonly [string, string])[] {
  return [
    ["Jobs", total.jobs.toLocaleString("en")],
    ["Runners at work", formatSeconds(total.runSeconds)],
    ["Sent", formatBytes(total.bytesIn)],
    ["Made", formatBytes(total.bytesOut)],
    ...(costPerRunnerHour > 0 ? ([["Estimated cost", formatCost(total.estimatedCost, currency)]] as const) : []),
  ];
}

/** An amount in its currency with as many digits as it needs to be seen. */
export function formatCost(amount: number, currency: string): string {
  const digits = amount > 0 && amount < 0.1 ? 4 : 2;
  return `${amount.toFixed(digits)} ${currency}`;
}

export interface DayBar {
  readonly day: string;
  readonly jobs: number;
  /** Share of the highest, 0 to 1. */
  readonly height: number;
}

/** A bar for each day. */
export function dayBars(days: readonly (Pick<UsageAmount, "jobs"> & { readonly day: string })[]): DayBar[] {
  const most = Math.max(1, ...days.map(({ jobs }) => jobs));
  return days.map(({ day, jobs }) => ({ day, jobs, height: jobs / most }));
}

/** All bars in a sentence. */
export function barsText(bars: readonly DayBar[]): string {
  const busy = bars.filter(({ jobs }) => jobs > 0);
  if (busy.length === 0) return "No jobs on any day";
  return `Jobs by day: ${busy.map(({ day, jobs }) => `${jobs} on ${day}`).join(", ")}`;
}
