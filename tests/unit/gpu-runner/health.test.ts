/** `health.ts`: the runner's own endpoints. */
import { expect, onTestFinished, test } from "vitest";
import { OutcomeCounter, type RunnerState, serveHealth } from "../../../gpu-runner/health.ts";

const state: RunnerState = { ready: true, slots: 2, busySlots: 1, jobTypes: ["echo"], warmChildren: { blender: 2 } };

async function serve(now: RunnerState) {
  const outcomes = new OutcomeCounter();
  const server = await serveHealth(0, () => now, outcomes);
  onTestFinished(() => server.close());
  return { outcomes, get: (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`) };
}

test("/health is 200 when ready and 503 before", async () => {
  const ready = await (await serve(state)).get("/health");
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ok", ...state }]);
  const starting = await (await serve({ ...state, ready: false })).get("/health");
  expect([starting.status, (await starting.json()).status]).toEqual([503, "starting"]);
});

test("/metrics counts outcomes and shows slots and warm children", async () => {
  const { outcomes, get } = await serve(state);
  outcomes.count("echo", "succeeded");
  outcomes.count("echo", "succeeded");
  outcomes.count("echo", "canceled");
  const response = await get("/metrics");
  const lines = (await response.text()).split("\n");
  expect(response.headers.get("content-type")).toContain("text/plain");
  expect(lines).toEqual(
    expect.arrayContaining([
      'kiln_runner_attempts_total{type="echo",outcome="succeeded"} 2',
      'kiln_runner_attempts_total{type="echo",outcome="canceled"} 1',
      "kiln_runner_slots 2",
      "kiln_runner_busy_slots 1",
      'kiln_runner_warm_children{engine="blender"} 2',
    ]),
  );
});

test("anything else is 404", async () => {
  expect((await (await serve(state)).get("/")).status).toBe(404);
});
