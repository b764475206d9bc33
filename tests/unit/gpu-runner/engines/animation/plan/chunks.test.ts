import { describe, expect, test } from "vitest";
import { MAX_CHECKPOINTS, MAX_FRAMES } from "../../../../../../contract/limits.ts";
import { cutIntoChunks, joinChunks } from "../../../../../../gpu-runner/engines/animation/plan/chunks.ts";

describe("chunks", () => {
  test.each([1, 15, 16, 17, 90, 384, 385, MAX_FRAMES])("%d frames are each in one chunk, in order", (count) => {
    const chunks = cutIntoChunks(count);
    const frames = chunks.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i));
    expect(frames).toEqual([...Array(count).keys()]);
  });

  test("the longest animation with masks and five outputs needs fewer than half of the checkpoints there may be", () => {
    expect(cutIntoChunks(MAX_FRAMES).length * 6).toBeLessThanOrEqual(MAX_CHECKPOINTS / 2);
  });

  test("units are whole chunks of at least the asked frames", () => {
    const chunks = cutIntoChunks(400);
    const units = joinChunks(chunks, 120);
    expect(units.at(0)?.from).toBe(0);
    expect(units.at(-1)?.to).toBe(400);
    for (const unit of units.slice(0, -1)) {
      expect(unit.to - unit.from).toBeGreaterThanOrEqual(120);
      expect(chunks.map(({ to }) => to)).toContain(unit.to);
    }
  });
});
