/** Who somebody is, what they may have, have used and were told, in words. */
import { expect, test } from "vitest";
import type { Caller } from "#contract/caller.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Usage } from "#contract/usage.ts";
import type { Webhook } from "#contract/webhook.ts";
import { limited, limitWords } from "../../../../pages/src/features/account/caller-words.ts";
import { barsText, dayBars, formatCost, usageFigures } from "../../../../pages/src/features/account/usage-words.ts";
import { deliveryState, eventsText, webhookState } from "../../../../pages/src/features/account/webhook-words.ts";

const LIMITS = { jobsPerHour: 5, bytesPerDay: 1_000_000_000, jobsInFlight: 10, uploadBytes: 100_000_000 };
const session: Caller = { kind: "session", scopes: ["read"], key: null, limits: LIMITS };

test("limits are told in words; those that don't hold are left out", () => {
  expect(limitWords(session)).toEqual([
    "5 jobs an hour from one address",
    "10 jobs waiting or running at a time",
    "1.0 GB of uploads a day from one address",
    "Files of up to 100 MB",
  ]);
  const limits = { ...LIMITS, jobsPerHour: 100, bytesPerDay: null, jobsInFlight: null };
  expect(limitWords({ kind: "account", limits })).toEqual(["100 jobs an hour", "Files of up to 100 MB"]);
});

test("files may be as large as the server lets this caller send them", () => {
  const type = { name: "echo", inputs: { maxBytes: 5_000_000_000 } } as JobTypeInfo;
  expect(limited(type, session).inputs.maxBytes).toBe(100_000_000);
  expect(limited(type, null)).toBe(type);
  const small = { ...type, inputs: { ...type.inputs, maxBytes: 1_000 } };
  expect(limited(small, session)).toBe(small);
});

test("days are bars as high as their share of the busiest one, and a sentence", () => {
  const bars = dayBars([
    { day: "2026-11-20", jobs: 2 },
    { day: "2026-11-21", jobs: 0 },
    { day: "2026-11-22", jobs: 8 },
  ]);
  expect(bars.map(({ height }) => height)).toEqual([0.25, 0, 1]);
  expect(barsText(bars)).toBe("Jobs by day: 2 on 2026-11-20, 8 on 2026-11-22");
  expect(barsText(dayBars([{ day: "2026-11-22", jobs: 0 }]))).toBe("No jobs on any day");
});

test("a cost is told where the operator has set a price, with as many digits as it needs", () => {
  const total = {
    jobs: 3,
    states: {},
    runSeconds: 12,
    bytesIn: 10,
    bytesOut: 2_000,
    unmeasured: 0,
    estimatedCost: 0.002,
  };
  const usage: Usage = {
    ...{ from: "2026-11-22", to: "2026-11-22", currency: "USD", costPerRunnerHour: 0.6, truncated: false },
    ...{ total, types: [], days: [] },
  };
  expect(usageFigures(usage).at(-1)).toEqual(["Estimated cost", "0.0020 USD"]);
  expect(usageFigures({ ...usage, costPerRunnerHour: 0 }).map(([name]) => name)).not.toContain("Estimated cost");
  expect([formatCost(0, "USD"), formatCost(12.345, "EUR")]).toEqual(["0.00 USD", "12.35 EUR"]);
});

test("a webhook says whether it is on, and why not", () => {
  const hook: Webhook = {
    ...{ id: "whk_1", url: "https://example.com/", events: null, description: "", enabled: true },
    ...{ disabledReason: null, disabledAt: null, failingSince: null, oldSecretUntil: null, createdAt: 0 },
  };
  expect([webhookState(hook), eventsText(hook)]).toEqual(["On", "Everything"]);
  expect(webhookState({ ...hook, enabled: false, disabledReason: "gone" })).toMatch(/gone/);
  expect(eventsText({ events: ["job.failed", "batch.finished"] })).toBe("A job failed, A batch is over");
});

test("a delivery says what was answered, and when the next try comes", () => {
  const tried = { at: 0, durationMs: 1, status: 500, error: null, body: "" };
  expect(deliveryState({ state: "pending", tries: [], nextTryAt: 1 })).toBe("On its way");
  expect(deliveryState({ state: "pending", tries: [tried], nextTryAt: 1 })).toMatch(
    /^Not taken: answer 500\. Next try /,
  );
  expect(deliveryState({ state: "succeeded", tries: [{ ...tried, status: 204 }], nextTryAt: null })).toBe(
    "Taken: answer 204",
  );
  const silent = { ...tried, status: null, error: "no answer within 15 s" };
  expect(deliveryState({ state: "failed", tries: [silent], nextTryAt: null })).toBe("Given up: no answer within 15 s");
});
