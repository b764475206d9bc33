/** Files in R2 that no record names: each key tells whose it would be, and that object is asked. */

import { inBatches } from "../durable/in-batches.ts";
import { callJob, callUpload } from "../durable/stubs.ts";
import type { Env } from "../env.ts";
import { parseKey } from "../storage/object-keys.ts";

interface Asked {
  readonly kind: "job" | "upload";
  readonly id: string;
  readonly keys: string[];
}

/**
 * Those of `keys` that no record names; a key that is none of ours is named by nobody.
 * @param wake each object also does what is due, as its alarm would
 */
export async function findUnnamed(env: Env, keys: readonly string[], wake = false): Promise<Set<string>> {
  const { asked, foreign } = groupByObject(keys);
  const unnamed = await inBatches(asked, ({ kind, id, keys: own }) =>
    kind === "job"
      ? callJob(env, id, (stub) => stub.unnamed(own, wake))
      : callUpload(env, id, (stub) => stub.unnamed(own, wake)),
  );
  return new Set([...foreign, ...unnamed.flat()]);
}

function groupByObject(keys: readonly string[]): { asked: Asked[]; foreign: string[] } {
  const objects = new Map<string, Asked>();
  const foreign: string[] = [];
  for (const key of keys) {
    const file = parseKey(key);
    if (!file) {
      foreign.push(key);
      continue;
    }
    const [kind, id] = file.kind === "upload" ? (["upload", file.uploadId] as const) : (["job", file.jobId] as const);
    const known = objects.get(id);
    if (known) known.keys.push(key);
    else objects.set(id, { kind, id, keys: [key] });
  }
  return { asked: [...objects.values()], foreign };
}
