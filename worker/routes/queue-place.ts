/** What a queued job's owner is told of its wait: its place in line, and when it may begin and end. */
import type { Context } from "hono";
import type { Job, QueuePlace } from "#contract/job.ts";
import { estimateTimes } from "../domain/queue-estimate.ts";
import { lineOf } from "../domain/url-input.ts";
import { callPool, registry } from "../durable/stubs.ts";
import type { AppContext } from "../middleware/context.ts";

/** The job with its place in line while it is queued. A pool that does not answer takes nothing from the job. */
export async function withQueuePlace(c: Context<AppContext>, job: Job): Promise<Job> {
  if (job.state !== "queued") return { ...job, queue: null };
  try {
    return { ...job, queue: await findQueuePlace(c, job) };
  } catch (error) {
    console.error("place in line unknown", { jobId: job.id, error: String(error) });
    return { ...job, queue: null };
  }
}

async function findQueuePlace(c: Context<AppContext>, { id, pool, type, inputs }: Job): Promise<QueuePlace> {
  const [line, runners] = await Promise.all([
    callPool(c.env, pool, (stub) => stub.look(id, lineOf(type, inputs))),
    registry(c.env).live(Date.now()),
  ]);
  const { ahead, inFlight, meanMs, paused } = line;
  if (ahead === null) return { position: null, startsInS: null, etaS: null, paused };
  const slots = runners
    .filter((runner) => runner.ready && runner.pool === pool && runner.jobTypes.includes(type))
    .reduce((sum, runner) => sum + runner.slots, 0);
  const times = estimateTimes({ ahead, inFlight, slots: paused ? 0 : slots, meanMs });
  return { position: ahead + 1, ...times, paused };
}
