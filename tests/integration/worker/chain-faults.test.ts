/**
 * A batch of chains while every tenth call between objects, R2 and D1 fails, before or after it took effect, and every object
 * is evicted after every call of a client: each job is made once and ends, and so does the batch.
 */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { type Batch, type BatchJobList, batchSchema } from "#contract/batch.ts";
import type { Env } from "../../../worker/env.ts";
import { failHard, finishWith, leased } from "../../helpers/chain-runner.ts";
import { forgetObjects, liveObjects, startFaults, stopFaults } from "../../helpers/faulty.ts";
import { call, post, settleWork, uploadText } from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;
const RATE = 0.1;

afterEach(async () => {
  stopFaults();
  await forgetObjects({ evicted: true });
});

it.each([1, 2, 3])("every job of every chain is made once and ends (%i)", { timeout: 30_000 }, async (seed) => {
  const { id: upload } = await uploadText("picture");
  const injected = startFaults({ rate: RATE, seed, evict: true });
  const headers = { "Kiln-Session": "5".repeat(32), "Idempotency-Key": crypto.randomUUID() };
  const jobs = [
    { key: "solid", type: "logo-to-3d", inputs: [{ key: "svg" }] },
    { key: "svg", type: "image-to-svg", inputs: [{ key: "good" }] },
    { key: "good", type: "remove-background", inputs: [{ upload }] },
    { key: "bad", type: "animate", inputs: [{ upload }] },
    { key: "frames", type: "animate", inputs: [{ key: "good" }, { key: "good", artifact: "mask.png" }] },
  ];
  const response = await post("/v1/batches", { jobs }, headers);
  expect(response.status).toBe(202);
  const { id, size } = batchSchema.parse(await response.json());
  await failHard(await leased("animate"));
  await finishWith(await leased("remove-background"), "cutout.png");
  await finishWith(await leased("image-to-svg"), "image.svg");
  await finishWith(await leased("logo-to-3d"), "model.glb");
  const read = async () => (await (await call(`/v1/batches/${id}`)).json()) as Batch;
  const done = await vi.waitFor(
    async () => {
      await settleWork(1);
      const batch = await read();
      expect(batch.state).toBe("finished");
      return batch;
    },
    { interval: 5, timeout: 20_000 },
  );
  // The job that names a file which was not written fails with what it needs; the broken one by itself.
  expect(done).toMatchObject({ percent: 100, counts: { succeeded: 3, failed: 2 } });
  const list = (await (await call(`/v1/batches/${id}/jobs`)).json()) as BatchJobList;
  const codes = Object.fromEntries(list.jobs.map(({ key, error }) => [key, error?.code ?? null]));
  expect(codes).toEqual({ solid: null, svg: null, good: null, bad: "input_invalid", frames: "dependency_failed" });
  expect(await liveObjects(JOBS)).toHaveLength(size);
  expect(injected.before + injected.after).toBeGreaterThan(5);
});
