/** The registry of runners: what `/health` knows of many of them. */
import { expect, it } from "vitest";
import { RUNNER_API_VERSION } from "#contract/limits.ts";
import type { Health } from "#contract/public-api.ts";
import { call, runnerPost } from "../../helpers/worker-api.ts";

it("every runner that has registered is live, once, whichever shard it falls into", async () => {
  const ids = Array.from({ length: 40 }, (_, n) => `run_${n}`);
  const register = (runnerId: string, slots: number) =>
    runnerPost("register", {
      runnerId,
      name: "a runner",
      apiVersion: RUNNER_API_VERSION,
      version: "1",
      pool: "cpu",
      jobTypes: ["echo"],
      slots,
      ready: true,
      engines: {},
      sandbox: "none",
    });
  await Promise.all(ids.map((id) => register(id, 1)));
  for (const id of ids.slice(0, 5)) expect((await register(id, 2)).status).toBe(200);
  const { runners } = (await (await call("/health")).json()) as Health;
  expect(runners.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(runners.reduce((sum, { slots }) => sum + slots, 0)).toBe(45);
});
