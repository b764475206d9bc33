/** Rebuilding D1: each job's object writes its own row again. Objects that never held a job are passed over. */
import type { ReindexResult } from "#contract/admin-api.ts";
import { inBatches } from "../durable/in-batches.ts";
import { callJobObject } from "../durable/stubs.ts";
import type { Env } from "../env.ts";

/** Wakes these objects; ids as the platform lists them (hex). Null when one of them is no job object's id. */
export async function reindexObjects(env: Env, objects: readonly string[]): Promise<ReindexResult | null> {
  let ids: DurableObjectId[];
  try {
    ids = objects.map((hex) => env.JOBS.idFromString(hex));
  } catch {
    return null;
  }
  const woken = await inBatches(ids, (id) => callJobObject(env, id, (stub) => stub.wake()));
  return {
    listed: woken.filter((job) => job?.listed === true).length,
    pending: woken.filter((job) => job?.listed === false).length,
    empty: woken.filter((job) => job === null).length,
  };
}
