/** `job-reporter.ts`: at most one report a second, the last progress counts, no log line is lost or sent twice. */
import { describe, expect, test } from "vitest";
import type { Progress } from "../../../../contract/job.ts";
import { MAX_LOG_LINES_PER_CALL } from "../../../../contract/limits.ts";
import { JobReporter } from "../../../../gpu-runner/attempt/job-reporter.ts";
import { ApiError, LeaseLostError } from "../../../../gpu-runner/runner-api.ts";
import { FakeRunnerApi } from "../../../helpers/fake-runner-api.ts";
import { ManualClock } from "../../../helpers/manual-clock.ts";
import { makeLease, silentLog } from "../../../helpers/runner-fixtures.ts";

function setUp() {
  const api = new FakeRunnerApi();
  const clock = new ManualClock();
  const seen = { lost: 0, statuses: 0 };
  const reporter = new JobReporter({
    lease: makeLease(),
    api,
    clock,
    log: silentLog,
    onStatus: () => seen.statuses++,
    onLost: () => seen.lost++,
  });
  return { api, clock, reporter, seen };
}

const at = (percent: number): Progress => ({ stage: "s", stageIndex: 0, stageCount: 1, percent, etaS: null });
const percents = (api: FakeRunnerApi) => api.of("progress").map(([, progress]) => (progress as Progress).percent);
const batches = (api: FakeRunnerApi) =>
  api.of("logs").map(([, number, lines]) => [number as number, (lines as string[]).length] as const);

describe("JobReporter", () => {
  test("sends the first progress at once and then at most one a second, the latest", async () => {
    const { api, clock, reporter } = setUp();
    reporter.progress(at(1));
    await clock.advance(0);
    expect(percents(api)).toEqual([1]);
    for (let percent = 2; percent <= 11; percent++) {
      reporter.progress(at(percent));
      await clock.advance(99);
    }
    expect(percents(api)).toEqual([1]);
    await clock.advance(10);
    expect(percents(api)).toEqual([1, 11]);
    await clock.advance(10_000);
    expect(percents(api)).toEqual([1, 11]);
  });

  test("numbers the batches and splits a long log by lines and by bytes", async () => {
    const { api, clock, reporter } = setUp();
    for (let i = 0; i < MAX_LOG_LINES_PER_CALL + 1; i++) reporter.log("short");
    await clock.advance(5_000);
    expect(batches(api)).toEqual([
      [1, 1],
      [2, MAX_LOG_LINES_PER_CALL],
    ]);
    for (let i = 0; i < 100; i++) reporter.log("x".repeat(4_000));
    await clock.advance(20_000);
    const long = batches(api).slice(2);
    expect(long.length).toBeGreaterThan(2);
    expect(long.reduce((sum, [, count]) => sum + count, 0)).toBe(100);
  });

  test("sends a batch again under the same number until it is accepted", async () => {
    const { api, clock, reporter } = setUp();
    let failures = 2;
    api.before = ({ name }) => {
      if (name === "logs" && failures-- > 0) throw new ApiError("logs", 503, null, "busy");
    };
    reporter.log("a");
    await clock.advance(0);
    reporter.log("b");
    await clock.advance(10_000);
    expect(api.of("logs").map(([, number, lines]) => [number, lines])).toEqual([
      [1, ["a"]],
      [1, ["a"]],
      [1, ["a"]],
      [2, ["b"]],
    ]);
  });

  test("gives up a batch that the Worker refuses for good", async () => {
    const { api, clock, reporter } = setUp();
    api.before = ({ args: [, number] }) => {
      if (number === 1) throw new ApiError("logs", 413, "too_large", "too large");
    };
    reporter.log("a");
    await clock.advance(0);
    reporter.log("b");
    await clock.advance(5_000);
    expect(batches(api)).toEqual([
      [1, 1],
      [2, 1],
    ]);
  });

  test("a flush sends what is left without waiting, and no stale progress", async () => {
    const { api, clock, reporter } = setUp();
    reporter.log("a");
    await clock.advance(0);
    reporter.log("b");
    reporter.progress(at(50));
    await reporter.flush();
    expect(batches(api)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(percents(api)).toEqual([]);
  });

  test("a flush ends even when the Worker takes nothing", async () => {
    const { api, reporter } = setUp();
    api.before = () => {
      throw new ApiError("logs", null, null, "no network");
    };
    reporter.log("a");
    reporter.log("b");
    await reporter.flush();
    expect(api.of("logs").length).toBeGreaterThan(0);
  });

  test("every answer is passed on as news of the lease", async () => {
    const { clock, reporter, seen } = setUp();
    reporter.progress(at(1));
    reporter.log("a");
    await clock.advance(0);
    expect(seen.statuses).toBe(2);
  });

  test("falls silent when the lease is lost", async () => {
    const { api, clock, reporter, seen } = setUp();
    api.before = () => {
      throw new LeaseLostError("gone");
    };
    reporter.progress(at(1));
    reporter.log("a");
    await clock.advance(10_000);
    reporter.log("b");
    await clock.advance(10_000);
    expect(seen.lost).toBe(1);
    expect(api.calls).toHaveLength(1);
  });
});
