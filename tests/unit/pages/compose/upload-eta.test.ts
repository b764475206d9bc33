/** How long sending still takes. */
import { expect, test } from "vitest";
import { UploadClock } from "../../../../pages/src/features/compose/upload-eta.ts";

test("what is left of an upload is told from its speed, once that is known", () => {
  const clock = new UploadClock();
  expect(clock.tell(0, 0, 1_000)).toBeNull();
  expect(clock.tell(1_000, 100, 1_000)).toBeNull();
  expect(clock.tell(4_000, 400, 1_000)).toBeCloseTo(6);
});

test("the speed is that of the last seconds, not of the whole time", () => {
  const clock = new UploadClock();
  for (let second = 0; second <= 60; second++) clock.tell(second * 1_000, second * 10, 10_000);
  // Ten times as fast from here on.
  let left: number | null = null;
  for (let second = 61; second <= 90; second++) left = clock.tell(second * 1_000, 600 + (second - 60) * 100, 10_000);
  expect(left).toBeCloseTo((10_000 - 3_600) / 100, 0);
});

test("an upload that stands still has no time left to tell", () => {
  const clock = new UploadClock();
  clock.tell(0, 500, 1_000);
  expect(clock.tell(60_000, 500, 1_000)).toBeNull();
});
