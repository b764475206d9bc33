/** `/health…`: is the Worker up (`live`), can it accept and run a job (`ready`), and what runs where. */
import { type Context, Hono } from "hono";
import type { Health } from "#contract/public-api.ts";
import { registry } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";

export const health = new Hono<AppContext>();

health.get("/live", (c) => c.json({ status: "ok" }));

health.get("/ready", async (c) => {
  const { ready } = await readHealth(c);
  return c.json({ ready }, ready ? 200 : 503);
});

health.get("/", async (c) => c.json(await readHealth(c)));

async function readHealth(c: Context<AppContext>): Promise<Health> {
  const runners = await registry(c.env).live(Date.now());
  const ready = runners.some((runner) => runner.ready);
  return { status: ready ? "ok" : "degraded", ready, version: c.get("config").version, runners };
}
