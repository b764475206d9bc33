/** `/health…`: is the Worker up (`live`), can it accept and run a job (`ready`), and what runs where. */
import type { Context } from "hono";
import { type Health, healthSchema, livenessSchema, readinessSchema } from "#contract/public-api.ts";
import { registry } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";
import { Resource } from "./operation.ts";

/** At the two places where probes look for it. */
export const health = [healthAt("/health", ""), healthAt("/api/v1/health", "Api")];

/** `name` sets the two apart in the names of their calls. */
function healthAt(base: string, name: string): Resource {
  const resource = new Resource(base, { tag: "Health", access: "open" });

  resource.get(
    "",
    {
      operationId: `read${name}Health`,
      summary: "Read the state of the service",
      answers: { 200: { description: "The version, and the runners that are live", schema: healthSchema } },
    },
    async (c) => c.json(await readHealth(c)),
  );

  resource.get(
    "/live",
    {
      operationId: `is${name}Live`,
      summary: "Is the service up?",
      answers: { 200: { description: "It is", schema: livenessSchema } },
    },
    (c) => c.json({ status: "ok" }),
  );

  resource.get(
    "/ready",
    {
      operationId: `is${name}Ready`,
      summary: "Can a job be run now?",
      answers: {
        200: { description: "A runner is ready", schema: readinessSchema },
        503: { description: "No runner is ready: jobs are accepted, and wait for one", schema: readinessSchema },
      },
    },
    async (c) => {
      const { ready } = await readHealth(c);
      return c.json({ ready }, ready ? 200 : 503);
    },
  );

  return resource;
}

async function readHealth(c: Context<AppContext>): Promise<Health> {
  const runners = await registry(c.env).live(Date.now());
  const ready = runners.some((runner) => runner.ready);
  return { status: ready ? "ok" : "degraded", ready, version: c.get("config").version, runners };
}
