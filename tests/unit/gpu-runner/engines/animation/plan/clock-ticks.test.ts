import { describe, expect, test } from "vitest";
import { planGif, toTicks } from "../../../../../../gpu-runner/engines/animation/plan/clock-ticks.ts";

const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0);

describe("toTicks", () => {
  test("rounds times, not durations, so that the whole keeps its length", () => {
    const ticks = toTicks(Array(300).fill(33_366.7), 1_000);
    expect(sum(ticks)).toBe(Math.round((300 * 33_366.7) / 1_000));
    expect(new Set(ticks)).toEqual(new Set([33, 34]));
  });

  test("gives each frame at least one tick", () => {
    expect(toTicks([100, 100, 100, 5_000], 1_000)).toEqual([1, 1, 1, 2]);
  });
});

describe("planGif", () => {
  test("keeps every frame up to 50 a second and the length to a hundredth", () => {
    const plan = planGif(Array(50).fill(33_333));
    expect(plan.map(({ frame }) => frame)).toEqual([...Array(50).keys()]);
    expect(sum(plan.map(({ hundredths }) => hundredths))).toBe(167);
    expect(Math.min(...plan.map(({ hundredths }) => hundredths))).toBeGreaterThanOrEqual(2);
  });

  test("drops frames above 50 a second and keeps the length", () => {
    const plan = planGif(Array(60).fill(16_667));
    expect(plan.length).toBeLessThan(60);
    expect(plan.length).toBeGreaterThanOrEqual(40);
    expect(sum(plan.map(({ hundredths }) => hundredths))).toBe(100);
    expect(Math.min(...plan.map(({ hundredths }) => hundredths))).toBeGreaterThanOrEqual(2);
  });

  test("shows a single short frame for two hundredths", () => {
    expect(planGif([1_000])).toEqual([{ frame: 0, hundredths: 2 }]);
  });
});
