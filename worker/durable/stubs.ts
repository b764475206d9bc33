/**
 * How the Worker calls its Durable Objects: stubs by name, and the retry that Cloudflare advises (with a new stub and
 * backoff; never an `overloaded` error, nor one that the object's own code threw). Every call may be repeated, though it
 * took effect and only its answer was lost: the objects' methods are written so that the second time changes nothing.
 * https://developers.cloudflare.com/durable-objects/best-practices/error-handling/
 */
import { proxyDurable } from "itty-durable";
import type { OutgoingEvent } from "../domain/webhook-event.ts";
import { type Env, readConfig } from "../env.ts";
import { AppError } from "../errors.ts";
import type { BatchObject } from "./batch.do.ts";
import type { CacheObject } from "./cache.do.ts";
import type { IdempotencyObject } from "./idempotency.do.ts";
import type { JobObject } from "./job.do.ts";
import type { PoolObject } from "./pool.do.ts";
import type { QuotaCalls } from "./quota.do.ts";
import type { RegistryCalls } from "./registry.do.ts";
import type { UploadObject } from "./upload.do.ts";
import type { WebhooksObject } from "./webhooks.do.ts";

const TRIES = 3;

/**
 * An object's methods as they look through RPC: all asynchronous, all values structured clones. The platform's own
 * stub type maps every union and every `unknown` to `never`, so it is replaced here, once.
 */
type Remote<T> = {
  [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (...args: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never;
};

async function callDurable<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const { remote, overloaded } = error as { remote?: boolean; overloaded?: boolean };
      if (overloaded)
        throw new AppError("unavailable", "The service is busy. Try again in a few seconds.", {
          headers: { "Retry-After": "5" },
          cause: error,
        });
      if (remote || attempt === TRIES) throw error;
      await scheduler.wait(50 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** Calls the object of one job. */
export function callJob<T>(env: Env, jobId: string, call: (stub: Remote<JobObject>) => Promise<T>): Promise<T> {
  return callJobObject(env, env.JOBS.idFromName(jobId), call);
}

/** The same by the object's own id, for objects that the platform lists. */
export function callJobObject<T>(
  env: Env,
  id: DurableObjectId,
  call: (stub: Remote<JobObject>) => Promise<T>,
): Promise<T> {
  return callDurable(() => call(env.JOBS.get(id) as unknown as Remote<JobObject>));
}

/** Calls the object of one batch. */
export function callBatch<T>(env: Env, batchId: string, call: (stub: Remote<BatchObject>) => Promise<T>): Promise<T> {
  return callBatchObject(env, env.BATCHES.idFromName(batchId), call);
}

/** The same by the object's own id. */
export function callBatchObject<T>(
  env: Env,
  id: DurableObjectId,
  call: (stub: Remote<BatchObject>) => Promise<T>,
): Promise<T> {
  return callDurable(() => call(env.BATCHES.get(id) as unknown as Remote<BatchObject>));
}

/** Calls the object of one upload. */
export function callUpload<T>(
  env: Env,
  uploadId: string,
  call: (stub: Remote<UploadObject>) => Promise<T>,
): Promise<T> {
  return callDurable(() => call(env.UPLOADS.get(env.UPLOADS.idFromName(uploadId)) as unknown as Remote<UploadObject>));
}

/** Calls the object of one pool. */
export function callPool<T>(env: Env, pool: string, call: (stub: Remote<PoolObject>) => Promise<T>): Promise<T> {
  return callDurable(() => call(env.POOLS.get(env.POOLS.idFromName(pool)) as unknown as Remote<PoolObject>));
}

/** Calls the object of one idempotency key; `name` is a hash of owner and key. */
export function callIdempotencyKey<T>(
  env: Env,
  name: string,
  call: (stub: Remote<IdempotencyObject>) => Promise<T>,
): Promise<T> {
  const { IDEMPOTENCY } = env;
  return callDurable(() => call(IDEMPOTENCY.get(IDEMPOTENCY.idFromName(name)) as unknown as Remote<IdempotencyObject>));
}

/** Calls the shard of the result cache that has this key. */
export function callCache<T>(env: Env, key: string, call: (stub: Remote<CacheObject>) => Promise<T>): Promise<T> {
  const { CACHE } = env;
  return callDurable(() => call(CACHE.get(CACHE.idFromName(key.slice(0, 1))) as unknown as Remote<CacheObject>));
}

/** Calls the object of one owner's webhooks. */
export function callWebhooks<T>(
  env: Env,
  owner: string,
  call: (stub: Remote<WebhooksObject>) => Promise<T>,
): Promise<T> {
  const { WEBHOOKS } = env;
  return callDurable(() => call(WEBHOOKS.get(WEBHOOKS.idFromName(owner)) as unknown as Remote<WebhooksObject>));
}

/** Tells an owner's webhooks. Events they know already are passed over, so that it may be repeated. */
export function publishEvents(env: Env, owner: string, events: readonly OutgoingEvent[]): Promise<void> {
  return callWebhooks(env, owner, (stub) => stub.publish(events));
}

/**
 * The registry of runners. Each sign of life writes the whole state of its object anew, so that with a thousand runners it is
 * divided among several (docs/scale.md). itty-durable sends arguments as JSON in a header: small and ASCII only.
 */
export function registry(env: Env): RegistryCalls {
  const { registryShards: count } = readConfig(env);
  const shards = proxyDurable(env.REGISTRY, { name: "registry", parse: true });
  const shard = (n: number) => shards.get(`registry-${n}`) as RegistryCalls;
  return {
    seen: (runner) => callDurable(() => shard(shardOf(runner.id, count)).seen(runner)),
    live: async (now) => {
      const numbers = Array.from({ length: count }, (_, n) => n);
      return (await Promise.all(numbers.map((n) => callDurable(() => shard(n).live(now))))).flat();
    },
  };
}

/** What one caller has used; `subject` is a name in ASCII. Every call may be repeated. */
export function quotas(env: Env, subject: string): QuotaCalls {
  // Never 64 hex digits alone, which itty-durable takes for an object's own id.
  const object = proxyDurable(env.QUOTAS, { name: "quota", parse: true }).get(`quota:${subject}`) as QuotaCalls;
  return {
    charge: (...args) => callDurable(() => object.charge(...args)),
    settle: (...args) => callDurable(() => object.settle(...args)),
    admit: (...args) => callDurable(() => object.admit(...args)),
    dismiss: (...args) => callDurable(() => object.dismiss(...args)),
  };
}

/** Any spread of ids does that is the same every time. */
function shardOf(runnerId: string, count: number): number {
  let hash = 0;
  for (const char of runnerId) hash = (hash * 31 + char.charCodeAt(0)) >>> 0;
  return hash % count;
}
