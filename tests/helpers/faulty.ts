/**
 * Faults between the Worker and what it calls: Durable Object stubs, R2 and D1. While they are on, each call may fail
 * before it took effect, or after: the work is done and the answer is lost. After Temporal's "ExecuteAndTimeout".
 * The bindings' prototypes are wrapped, so that the calls of Durable Objects fail like those of the routes.
 */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Env } from "../../worker/env.ts";

export interface Faults {
  /** Share of calls that fail, 0 to 1. Half of them fail after they took effect. */
  readonly rate: number;
  /** The same seed fails the same calls, as far as their order is the same. */
  readonly seed: number;
  /** Every object is evicted from memory after every call of a client. */
  readonly evict: boolean;
}

interface Running {
  readonly rate: number;
  readonly evict: boolean;
  readonly random: () => number;
  readonly injected: { before: number; after: number };
}

type Method = (...args: unknown[]) => unknown;

let running: Running | null = null;
const bindings = env as unknown as Env;

/** Lets calls fail from now on. Returns the count of injected faults, kept up to date. */
export function startFaults({ rate, seed, evict }: Faults): Readonly<Running["injected"]> {
  install();
  running = { rate, evict, random: mulberry32(seed), injected: { before: 0, after: 0 } };
  return running.injected;
}

/** Calls are as reliable as ever again. */
export function stopFaults(): void {
  running = null;
}

const forgotten = new Set<string>();

/** The objects of a class that hold something. */
export async function liveObjects(objects: DurableObjectNamespace): Promise<DurableObjectStub[]> {
  const ids = await listDurableObjectIds(objects);
  return ids.filter((id) => !forgotten.has(String(id))).map((id) => objects.get(id));
}

/**
 * Ends a test with faults: none of its objects is looked at again. The reset between tests passes over objects that are not
 * in memory, so those that were evicted are emptied here.
 */
export async function forgetObjects({ evicted }: { evicted: boolean }): Promise<void> {
  const { JOBS, POOLS, UPLOADS, BATCHES, IDEMPOTENCY, CACHE, WEBHOOKS } = bindings;
  const comeAgain = [POOLS, CACHE, WEBHOOKS];
  for (const objects of [JOBS, UPLOADS, BATCHES, IDEMPOTENCY, ...comeAgain]) {
    for (const stub of await liveObjects(objects)) {
      if (evicted) await runInDurableObject(stub, async (_, { storage }) => storage.deleteAll());
      // Pools, shards and owners come again under the same name; the rest is named by chance.
      if (!comeAgain.includes(objects)) forgotten.add(String(stub.id));
    }
  }
}

/** Runs `look` without faults: a test's own look behind the scenes. */
export async function undisturbed<T>(look: () => Promise<T>): Promise<T> {
  const paused = running;
  running = null;
  try {
    return await look();
  } finally {
    running = paused;
  }
}

/** Whether faults are on. */
export function faultsAreOn(): boolean {
  return running !== null;
}

/** What R2, workerd in R2's stead, and the network say when they fail: one after the other. */
const messagesOf = {
  r2: (name: string) => [
    `${name}: We encountered an internal error. Please try again. (10001)`,
    "internal error; reference = 1v1ipbodb8n2erc0fgr4h4rr",
    `${name}: Unspecified error (0)`,
  ],
  d1: () => ["D1_ERROR: Network connection lost."],
  stub: () => ["Network connection lost."],
};

/** Whether objects are to be evicted after every call. */
export function evictionIsOn(): boolean {
  return running?.evict ?? false;
}

/** `call`, or a fault before or after it. */
async function faulty(messages: readonly string[], call: () => unknown): Promise<unknown> {
  const faults = running;
  if (!faults || faults.random() >= faults.rate) return call();
  const after = faults.random() < 0.5;
  // The platform marks some of its errors as worth a retry, and others of the same kind not.
  const injected = faults.injected.before + faults.injected.after;
  const message = messages[injected % messages.length];
  const error = Object.assign(new Error(message), { retryable: faults.random() < 0.5 });
  faults.injected[after ? "after" : "before"] += 1;
  if (after) await call();
  throw error;
}

let installed = false;

function install(): void {
  if (installed) return;
  installed = true;
  const { BUCKET, DB, JOBS } = bindings;
  const multipart = BUCKET.resumeMultipartUpload("none", "none");
  wrap("r2", BUCKET, ["head", "get", "put", "createMultipartUpload", "delete", "list"]);
  wrap("r2", multipart, ["uploadPart", "complete", "abort"]);
  wrap("d1", DB.prepare("SELECT 1"), ["run", "all", "first"]);
  wrap("d1", DB, ["batch"]);
  const prototype = Object.getPrototypeOf(JOBS) as { get: Method };
  const get = prototype.get;
  prototype.get = function (this: unknown, ...args: unknown[]) {
    const stub = get.apply(this, args) as object;
    return running ? faultyStub(stub) : stub;
  };
}

/** Wraps methods of all objects of this one's kind. */
function wrap(kind: "r2" | "d1", example: object, methods: readonly string[]): void {
  const prototype = Object.getPrototypeOf(example) as Record<string, Method>;
  for (const name of methods) {
    const method = prototype[name] as Method;
    prototype[name] = function (this: unknown, ...args: unknown[]) {
      return faulty(messagesOf[kind](name), () => method.apply(this, args));
    };
  }
}

/** A stub whose calls may fail. */
function faultyStub(stub: object): object {
  return new Proxy(stub, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || typeof name === "symbol" || name === "constructor") return value;
      return (...args: unknown[]) => {
        // Every property of a method is a call to come, `apply` included.
        const call = () => Reflect.apply(value as Method, target, args);
        // The test tools reach into an object by a request of their own.
        const ofTheTools = name === "fetch" && (args[1] as { cf?: unknown } | undefined)?.cf !== undefined;
        return ofTheTools ? call() : faulty(messagesOf.stub(), call);
      };
    },
  });
}

/** A small seeded generator of numbers in [0, 1). https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
