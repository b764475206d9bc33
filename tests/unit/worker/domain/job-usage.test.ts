import { expect, it } from "vitest";
import { usageSchema } from "#contract/usage.ts";
import { dayName, dayNumber, sumUsage, type UsageRow, usageOf } from "../../../../worker/domain/job-usage.ts";

const DAY = dayNumber("2026-11-22");
const EURO = { perHour: 1.8, currency: "EUR" };
const row = (rest: Partial<UsageRow>): UsageRow => ({
  ...{ day: DAY, type: "echo", state: "succeeded", jobs: 1, runMs: 1_000, bytesIn: 10, bytesOut: 20, unmeasured: 0 },
  ...rest,
});

it("a job has used the time of all its attempts, and the bytes of its inputs and results", () => {
  const attempt = (startedAt: number, endedAt: number) => ({ startedAt, endedAt }) as never;
  const used = usageOf({
    attempts: [attempt(1_000, 3_000), attempt(10_000, 10_500), attempt(20_000, 19_999)],
    inputs: [{ bytes: 5 }, { bytes: 7 }] as never,
    manifest: { artifacts: [{ bytes: 100 }, { bytes: 1 }] } as never,
  });
  expect(used).toEqual({ runMs: 2_500, bytesIn: 12, bytesOut: 101 });
  expect(usageOf({ attempts: [], inputs: [], manifest: null })).toEqual({ runMs: 0, bytesIn: 0, bytesOut: 0 });
});

it("adds up in all, by type and by day, days without jobs included", () => {
  const rows = [
    row({ jobs: 2, runMs: 3_600_000 }),
    row({ state: "failed", type: "animate", runMs: 1_800_000 }),
    row({ day: DAY - 2, state: "failed", unmeasured: 1, runMs: 0, bytesIn: 0, bytesOut: 0 }),
  ];
  const usage = sumUsage(rows, { from: DAY - 2, to: DAY }, EURO);
  expect(usageSchema.safeParse({ ...usage, truncated: false }).error).toBeUndefined();
  expect(usage.total).toEqual({
    ...{ jobs: 4, states: { succeeded: 2, failed: 2 }, runSeconds: 5_400, bytesIn: 20, bytesOut: 40 },
    ...{ unmeasured: 1, estimatedCost: 2.7 },
  });
  expect(usage.types.map(({ type, jobs }) => [type, jobs])).toEqual([
    ["animate", 1],
    ["echo", 3],
  ]);
  expect(usage.days.map(({ day, jobs, estimatedCost }) => [day, jobs, estimatedCost])).toEqual([
    ["2026-11-20", 1, 0],
    ["2026-11-21", 0, 0],
    ["2026-11-22", 3, 2.7],
  ]);
});

it("without a price the cost is 0, and no jobs are no use", () => {
  const usage = sumUsage([], { from: DAY, to: DAY }, { perHour: 0, currency: "USD" });
  expect(usage).toMatchObject({
    from: "2026-11-22",
    to: "2026-11-22",
    total: { jobs: 0, states: {}, estimatedCost: 0 },
  });
});

it.each(["1970-01-01", "2024-02-29", "2026-12-31"])("%s is a day, and the same one again", (day) => {
  expect(dayName(dayNumber(day))).toBe(day);
});
