/**
 * Counts what the Worker is billed for: calls to Durable Objects by class and method, rows that their SQLite and D1 read and write,
 * alarms set, operations of R2. The bindings' prototypes are wrapped, so that what objects ask of each other counts as well.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Env } from "../../worker/env.ts";

/** What was counted so far. */
export interface Cost {
  /** Calls by name, e.g. `pool.offer`. */
  readonly calls: Record<string, number>;
  /** Of all objects together; each alarm that is set is a row written, as it is billed. */
  readonly rows: { read: number; written: number };
  readonly d1: { read: number; written: number };
  /** Operations by name, e.g. `put`. */
  readonly r2: Record<string, number>;
}

type Method = (...args: unknown[]) => unknown;

const bindings = env as unknown as Env;
const { BUCKET, DB, JOBS, POOLS } = bindings;

let ledger: Cost | null = null;
let installed = false;
/** SQL cursors count what they read until they are used up. */
let cursors: { rowsRead: number; rowsWritten: number }[] = [];

/** Counts from now on, into what it returns; the rows are there once it is stopped. */
export async function startLedger(): Promise<Cost> {
  await install();
  ledger = { calls: {}, rows: { read: 0, written: 0 }, d1: { read: 0, written: 0 }, r2: {} };
  cursors = [];
  return ledger;
}

/** Looks behind the scenes; what that reads does not count. */
export function uncounted<T>(look: () => T): T {
  const paused = ledger;
  ledger = null;
  try {
    return look();
  } finally {
    ledger = paused;
  }
}

/** Counts no more. */
export function stopLedger(): void {
  if (!ledger) return;
  for (const { rowsRead, rowsWritten } of cursors) {
    ledger.rows.read += rowsRead;
    ledger.rows.written += rowsWritten;
  }
  ledger = null;
}

/** Wraps the bindings, once. */
async function install(): Promise<void> {
  if (installed) return;
  installed = true;
  wrapStubs();
  for (const name of ["head", "get", "put", "delete", "list"]) {
    wrap(BUCKET, name, () => ledger && add(ledger.r2, name));
  }
  wrap(DB.prepare("SELECT 1"), "run", (_, result) => noteD1(result));
  wrap(DB.prepare("SELECT 1"), "all", (_, result) => noteD1(result));
  // Storage is reached from within an object only; all objects share its prototypes.
  await runInDurableObject(POOLS.get(POOLS.idFromName("ledger")), (_, { storage }) => {
    wrap(storage.sql, "exec", (_args, cursor) => {
      if (ledger) cursors.push(cursor as (typeof cursors)[number]);
    });
    wrap(storage, "setAlarm", () => {
      if (ledger) ledger.rows.written += 1;
    });
  });
}

/** After each call of `example`'s method, by any object of its kind, `note` is told its arguments and its result. */
function wrap(example: object, name: string, note: (args: unknown[], result: unknown) => unknown): void {
  const prototype = Object.getPrototypeOf(example) as Record<string, Method>;
  const method = prototype[name] as Method;
  prototype[name] = function (this: unknown, ...args: unknown[]) {
    const result = method.apply(this, args);
    if (result instanceof Promise) {
      return result.then((value: unknown) => {
        note(args, value);
        return value;
      });
    }
    note(args, result);
    return result;
  };
}

function noteD1(result: unknown): void {
  const { meta } = result as { meta: { rows_read?: number; rows_written?: number } };
  if (!ledger) return;
  ledger.d1.read += meta.rows_read ?? 0;
  ledger.d1.written += meta.rows_written ?? 0;
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Every method of every stub is counted when it is called; the test tools' own reach into an object is not. */
function wrapStubs(): void {
  const prototype = Object.getPrototypeOf(JOBS) as { get: Method; idFromName: Method };
  const { get, idFromName } = prototype;
  const classOf = new Map<string, string>();
  const names = Object.entries(bindings).flatMap(([name, binding]) =>
    Object.getPrototypeOf(binding) === prototype ? [[name.toLowerCase(), binding as object] as const] : [],
  );
  prototype.idFromName = function (this: unknown, ...args: unknown[]) {
    const id = idFromName.apply(this, args);
    const name = names.find(([, binding]) => binding === this)?.[0];
    if (name) classOf.set(String(id), name);
    return id;
  };
  prototype.get = function (this: unknown, ...args: unknown[]) {
    const stub = get.apply(this, args) as object;
    if (!ledger) return stub;
    return counted(stub, classOf.get(String(args[0])) ?? "object");
  };
}

function counted(stub: object, className: string): object {
  return new Proxy(stub, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || typeof name === "symbol" || name === "constructor") return value;
      return (...args: unknown[]) => {
        const ofTheTools = name === "fetch" && (args[1] as { cf?: unknown } | undefined)?.cf !== undefined;
        if (ledger && !ofTheTools) add(ledger.calls, `${className}.${name}`);
        return Reflect.apply(value as Method, target, args);
      };
    },
  });
}
