/** Rebuilding D1: each object of a job or a batch writes its own row again. Those that hold nothing are passed over. */
import type { ReindexResult } from "#contract/admin-api.ts";
import { inBatches } from "../durable/in-batches.ts";
import { callBatchObject, callJobObject } from "../durable/stubs.ts";
import type { Env } from "../env.ts";

/** Wakes these objects; ids as the platform lists them (hex). Null when one of them is no id of an object of that kind. */
export async function reindexObjects(
  env: Env,
  kind: "jobs" | "batches",
  objects: readonly string[],
): Promise<ReindexResult | null> {
  let ids: DurableObjectId[];
  try {
    ids = objects.map((hex) => (kind === "jobs" ? env.JOBS : env.BATCHES).idFromString(hex));
  } catch {
    return null;
  }
  const woken = await inBatches(ids, (id) =>
    kind === "jobs" ? callJobObject(env, id, (stub) => stub.wake()) : callBatchObject(env, id, (stub) => stub.wake()),
  );
  return {
    listed: woken.filter((job) => job?.listed === true).length,
    pending: woken.filter((job) => job?.listed === false).length,
    empty: woken.filter((job) => job === null).length,
  };
}
