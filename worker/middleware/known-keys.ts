/**
 * Finding the key that a caller has sent. What D1 says of a key is believed for `KEY_CACHE_MS`, so that a busy key costs a
 * question in half a minute, and one that was revoked elsewhere ends by then. Only keys that exist are remembered: anybody can
 * make up as many others as they like, with the right checksum. An address that has sent such a one must pass the shield
 * before D1 is asked for it again, wherever it calls.
 */
import type { Context } from "hono";
import { KEY_CACHE_MS, KEY_USE_NOTED_MS } from "#contract/limits.ts";
import { hashKey, type KnownKey, kindOfKey, whyEnded } from "../domain/api-key.ts";
import { AppError } from "../errors.ts";
import { findKeyByHash, noteKeyUse } from "../storage/keys-table.ts";
import { callerName } from "./caller-address.ts";
import type { AppContext } from "./context.ts";
import { passShield } from "./shield.ts";

interface Known {
  readonly key: KnownKey;
  readonly askedAt: number;
}

/** Keys remembered at a time; the one that was asked for longest ago makes room. */
const MAX_KNOWN = 1_000;
const known = new Map<string, Known>();
/** When an address sent a key that nobody has, by its name. */
const suspects = new Map<string, number>();
const SUSPECT_MS = 60_000;
/** When this isolate noted the use of a key last, by its id. Losing it costs a write. */
const notedAt = new Map<string, number>();

/** The key with this secret, if it still counts; throws `unauthorized`, which says why it does not. */
export async function acceptKey(c: Context<AppContext>, secret: string): Promise<KnownKey> {
  if (kindOfKey(secret) === null) {
    throw refused("This is no key of Kiln: a character may be wrong or missing. Check it, or leave it out.");
  }
  const key = await findKey(c, secret);
  if (!key) throw refused("The key is not known here. Check it, or leave it out to work anonymously.");
  const now = Date.now();
  const ended = whyEnded(key, now);
  if (ended)
    throw refused(`The key "${key.name}" ${ended === "expired" ? "has expired" : "was revoked"}. Use another.`);
  noteUse(c, key, now);
  return key;
}

/** What is known of a key has changed: it is asked for again. */
export function forgetKey(id: string): void {
  for (const [hash, { key }] of known) if (key.id === id) known.delete(hash);
}

async function findKey(c: Context<AppContext>, secret: string): Promise<KnownKey | null> {
  const now = Date.now();
  const hash = await hashKey(secret, c.get("config").keyPepper);
  const kept = known.get(hash);
  // A clock that was set back makes nothing younger.
  if (kept && Math.abs(now - kept.askedAt) < KEY_CACHE_MS) return kept.key;
  known.delete(hash);
  const address = await callerName(c.req.raw);
  if (Math.abs(now - (suspects.get(address) ?? 0)) < SUSPECT_MS) await passShield(c);
  const key = await findKeyByHash(c.env.DB, hash);
  if (key) remember(known, hash, { key, askedAt: now });
  else remember(suspects, address, now);
  return key;
}

/** Beside the call, which neither waits for it nor fails with it. */
function noteUse(c: Context<AppContext>, { id, lastUsedAt }: KnownKey, now: number): void {
  if (now - Math.max(lastUsedAt ?? 0, notedAt.get(id) ?? 0) < KEY_USE_NOTED_MS) return;
  remember(notedAt, id, now);
  const noted = noteKeyUse(c.env.DB, id, now).catch((error: unknown) => {
    console.error("the use of a key was not noted", { key: id, error: String(error) });
  });
  c.executionCtx.waitUntil(noted);
}

function remember<T>(map: Map<string, T>, name: string, value: T): void {
  map.delete(name);
  map.set(name, value);
  if (map.size > MAX_KNOWN) map.delete(map.keys().next().value as string);
}

function refused(detail: string): AppError {
  return new AppError("unauthorized", detail);
}
