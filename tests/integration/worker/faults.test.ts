/**
 * The API's suites once more, while every call between the Worker, its Durable Objects, R2 and D1 may fail before or after
 * it took effect, and while every object is evicted from memory after every call. A client that repeats what was answered
 * 503 sees the same results.
 */
import { afterAll, afterEach, beforeEach, expect } from "vitest";
import { evictionIsOn, forgetObjects, startFaults, stopFaults } from "../../helpers/faulty.ts";

const RATE = 0.05;
let seed = 0;
const injected: { readonly before: number; readonly after: number }[] = [];

beforeEach(() => {
  seed += 1;
  injected.push(startFaults({ rate: RATE, seed: seed + 1000 + 1000, evict: seed % 2 === 0 }));
});

afterEach(async () => {
  const evicted = evictionIsOn();
  stopFaults();
  await forgetObjects({ evicted });
});

afterAll(() => {
  const total = (when: "before" | "after") => injected.reduce((sum, counts) => sum + counts[when], 0);
  // Without faults this file would prove nothing.
  expect(total("before")).toBeGreaterThan(5);
  expect(total("after")).toBeGreaterThan(5);
});

await import("./job-life.test.ts");
await import("./uploads-files.test.ts");
await import("./checkpoints.test.ts");
await import("./idempotency.test.ts");
await import("./retention.test.ts");
await import("./pin.test.ts");
await import("./webhook-delivery.test.ts");
await import("./put-job.test.ts");
