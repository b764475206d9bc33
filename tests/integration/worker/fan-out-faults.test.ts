/** Sharing a stage once more, while calls to objects, R2 and D1 fail, and in every other test objects are evicted after each call. */
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { evictionIsOn, forgetObjects, startFaults, stopFaults } from "../../helpers/faulty.ts";

const RATE = 0.05;
let seed = 0;
const injected: { readonly before: number; readonly after: number }[] = [];

beforeEach(() => {
  seed += 1;
  injected.push(startFaults({ rate: RATE, seed, evict: seed % 2 === 0 }));
});

afterEach(async () => {
  const evicted = evictionIsOn();
  stopFaults();
  await forgetObjects({ evicted });
});

afterAll(() => {
  // Without faults this file would prove nothing.
  expect(injected.reduce((sum, { before }) => sum + before, 0)).toBeGreaterThan(5);
  expect(injected.reduce((sum, { after }) => sum + after, 0)).toBeGreaterThan(5);
});

await import("./fan-out.test.ts");
