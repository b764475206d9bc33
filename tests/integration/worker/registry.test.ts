/** The registry of runners, in one object or in several. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import type { RegistryCalls } from "../../../worker/durable/registry.do.ts";
import { registry } from "../../../worker/durable/stubs.ts";
import type { Env } from "../../../worker/env.ts";

const bindings = env as unknown as Env;
const NOW = 1_800_000_000_000;

async function register(calls: RegistryCalls, id: string, slots: number): Promise<void> {
  await calls.seen({ id, name: "a runner", pool: "cpu", jobTypes: ["echo"], slots, ready: true, seenAt: NOW });
}

it.each(["1", "16"])("every runner is live, once, with what it said last, in %s objects", async (REGISTRY_SHARDS) => {
  const calls = registry({ ...bindings, REGISTRY_SHARDS });
  const ids = Array.from({ length: 40 }, (_, n) => `run_${n}`);
  for (const id of ids) await register(calls, id, 1);
  for (const id of ids.slice(0, 5)) await register(calls, id, 2);
  const runners = await calls.live(NOW);
  expect(runners.map(({ id }) => id).sort()).toEqual([...ids].sort());
  expect(runners.reduce((sum, { slots }) => sum + slots, 0)).toBe(45);
  expect(await listDurableObjectIds(bindings.REGISTRY)).toHaveLength(Number(REGISTRY_SHARDS));
});
