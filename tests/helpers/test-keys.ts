/** The keys that tests call with: real ones, stored in D1 like any others. */
import { env } from "cloudflare:workers";
import { type ApiKey, type KeyKind, SCOPES } from "#contract/access.ts";
import { hashKey, hintOf, KEY_RANDOM_BYTES, makeKey } from "../../worker/domain/api-key.ts";
import { makeId } from "../../worker/domain/identifiers.ts";
import type { Env } from "../../worker/env.ts";
import { insertKey } from "../../worker/storage/keys-table.ts";

const { DB, KEY_PEPPER } = env as unknown as Env;

export const API_KEY = keyOf("user", 1);
export const OTHER_API_KEY = keyOf("user", 2);
/** What a runner may hold in place of `RUNNER_KEY`. */
export const STORED_RUNNER_KEY = keyOf("runner", 3);
export const ACCOUNT = makeId("acc", new Uint8Array(16).fill(1));
export const OTHER_ACCOUNT = makeId("acc", new Uint8Array(16).fill(2));

/** Stores them. Called before every test. */
export async function seedKeys(): Promise<void> {
  await storeKey(API_KEY, { account: ACCOUNT, name: "Tests" });
  await storeKey(OTHER_API_KEY, { account: OTHER_ACCOUNT, name: "Tests of others" });
  await storeKey(STORED_RUNNER_KEY, { kind: "runner", account: null, scopes: [], name: "Runner of the tests" });
}

/** Stores a key as the API would; what is not given is as in a key of the first account. */
export async function storeKey(secret: string, given: Partial<ApiKey> = {}): Promise<ApiKey> {
  const key: ApiKey = {
    id: makeId("key", crypto.getRandomValues(new Uint8Array(16))),
    kind: "user",
    account: ACCOUNT,
    name: "A key",
    hint: hintOf(secret),
    scopes: [...SCOPES],
    jobsPerHour: null,
    createdAt: Date.now(),
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...given,
  };
  await insertKey(DB, key, await hashKey(secret, KEY_PEPPER));
  return key;
}

/** A key that nobody else has. */
export function newKey(kind: KeyKind = "user"): string {
  return makeKey(kind, crypto.getRandomValues(new Uint8Array(KEY_RANDOM_BYTES)));
}

function keyOf(kind: KeyKind, byte: number): string {
  return makeKey(kind, new Uint8Array(KEY_RANDOM_BYTES).fill(byte));
}
