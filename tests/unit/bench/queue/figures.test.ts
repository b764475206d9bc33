/** The figures of a benchmark: percentiles, and when its table counts as passed. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Figure, percentile, printFigures } from "../../../../bench/queue/figures.ts";

afterEach(() => vi.restoreAllMocks());

const figure = (met: boolean | null): Figure => ({ name: "lease", value: "1.1", bound: "≤ 1.3", met });

describe("a percentile", () => {
  it("is a value that was measured, whatever their order", () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([0, 0.5, 0.99, 1].map((p) => percentile(values, p))).toEqual([1, 50, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
  });

  it("of nothing is no number", () => {
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe("the table", () => {
  it.each([
    ["every bound is met", [figure(true), figure(null)], 0],
    ["one is missed", [figure(true), figure(false)], 1],
    ["nothing is required of anything", [figure(null)], 1],
    ["nothing was measured", [], 1],
  ])("passes or fails when %s", (_, figures, exitCode) => {
    const print = vi.spyOn(console, "log").mockImplementation(() => undefined);
    expect(printFigures(figures)).toBe(exitCode);
    expect(print).toHaveBeenCalledTimes(figures.length);
  });
});
