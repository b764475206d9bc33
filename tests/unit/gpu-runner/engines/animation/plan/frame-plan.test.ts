import { describe, expect, test } from "vitest";
import {
  meanFps,
  neededSources,
  type PlanWishes,
  planFrames,
  totalUs,
} from "../../../../../../gpu-runner/engines/animation/plan/frame-plan.ts";

/** `count` frames of `durationUs` each. */
function steady(count: number, durationUs: number) {
  return Array.from({ length: count }, (_, i) => ({ timeUs: i * durationUs, durationUs }));
}

function wishes(more: Partial<PlanWishes> = {}): PlanWishes {
  return { startS: 0, speed: 1, direction: "forward", ...more };
}

describe("planFrames", () => {
  test("keeps every frame and its own duration when nothing is asked for", () => {
    const frames = [
      { timeUs: 0, durationUs: 40_000 },
      { timeUs: 40_000, durationUs: 500_000 },
      { timeUs: 540_000, durationUs: 33_333 },
    ];
    expect(planFrames(frames, wishes())).toEqual([
      { source: 0, durationUs: 40_000 },
      { source: 1, durationUs: 500_000 },
      { source: 2, durationUs: 33_333 },
    ]);
  });

  test("cuts the frames that show at start and end, so that the length is exact", () => {
    const plan = planFrames(steady(10, 100_000), wishes({ startS: 0.25, endS: 0.72 }));
    expect(plan.map(({ source }) => source)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(plan.at(0)?.durationUs).toBe(50_000);
    expect(plan.at(-1)?.durationUs).toBeCloseTo(20_000);
    expect(totalUs(plan)).toBeCloseTo(470_000);
  });

  test("is empty when start lies after the last frame", () => {
    expect(planFrames(steady(3, 100_000), wishes({ startS: 1 }))).toEqual([]);
  });

  test("takes the asked frame rate and keeps the length, with the frame that shows in the middle of each", () => {
    const plan = planFrames(steady(30, 33_333), wishes({ fps: 10 }));
    expect(plan).toHaveLength(10);
    expect(totalUs(plan)).toBeCloseTo(999_990);
    expect(plan.map(({ source }) => source)).toEqual([1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
  });

  test("repeats frames where more are asked for than there are", () => {
    const plan = planFrames(steady(2, 500_000), wishes({ fps: 4 }));
    expect(plan.map(({ source }) => source)).toEqual([0, 0, 1, 1]);
  });

  test("gives one frame to a clip shorter than one", () => {
    expect(planFrames(steady(1, 10_000), wishes({ fps: 5 }))).toEqual([{ source: 0, durationUs: 10_000 }]);
  });

  test("divides every duration by the speed", () => {
    expect(totalUs(planFrames(steady(10, 40_000), wishes({ speed: 2 })))).toBe(200_000);
    expect(totalUs(planFrames(steady(10, 40_000), wishes({ speed: 0.5 })))).toBe(800_000);
  });

  test("plays backwards with each frame keeping its duration", () => {
    const frames = [
      { timeUs: 0, durationUs: 10_000 },
      { timeUs: 10_000, durationUs: 90_000 },
    ];
    expect(planFrames(frames, wishes({ direction: "reverse" }))).toEqual([
      { source: 1, durationUs: 90_000 },
      { source: 0, durationUs: 10_000 },
    ]);
  });

  test("goes there and back with the turning frames shown once", () => {
    const sources = (count: number) =>
      planFrames(steady(count, 40_000), wishes({ direction: "boomerang" })).map(({ source }) => source);
    expect(sources(4)).toEqual([0, 1, 2, 3, 2, 1]);
    expect(sources(2)).toEqual([0, 1]);
    expect(sources(1)).toEqual([0]);
  });

  test("loses no time to rounding over thousands of frames of 1001/30000 s", () => {
    const frames = Array.from({ length: 3_000 }, (_, i) => {
      const timeUs = Math.round((i * 1_001_000_000) / 30_000);
      return { timeUs, durationUs: Math.round(((i + 1) * 1_001_000_000) / 30_000) - timeUs };
    });
    expect(totalUs(planFrames(frames, wishes()))).toBe(100_100_000);
    expect(meanFps(planFrames(frames, wishes()))).toBeCloseTo(29.97, 2);
  });
});

test("neededSources names each source frame once, ascending", () => {
  const plan = planFrames(steady(4, 40_000), wishes({ direction: "boomerang" }));
  expect(neededSources(plan)).toEqual([0, 1, 2, 3]);
});
