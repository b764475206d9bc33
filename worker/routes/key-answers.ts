/** What the two places where keys are managed have in common: `/v1/keys` of an account, `/admin/v1/keys` of all. */
import type { Context } from "hono";
import { z } from "zod";
import {
  type ApiKey,
  type ApiKeyList,
  type ApiKeyWithSecret,
  apiKeySchema,
  apiKeyWithSecretSchema,
  keyIdSchema,
} from "#contract/access.ts";
import { MAX_KEYS_PER_ACCOUNT } from "#contract/limits.ts";
import { hashKey, hintOf, KEY_RANDOM_BYTES, makeKey } from "../domain/api-key.ts";
import { makeId } from "../domain/identifiers.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { forgetKey } from "../middleware/known-keys.ts";
import {
  findKey,
  insertKey,
  type KeyChange,
  type KeyOwner,
  listKeys,
  revokeKey,
  updateKey,
} from "../storage/keys-table.ts";
import { pageOf } from "./list-page.ts";
import { invalidRequest } from "./request-parsing.ts";

/** The answers that tell of one key. */
export const KEY_ANSWERS = {
  found: { 200: { description: "The key, without its secret", schema: apiKeySchema } },
  made: {
    201: {
      description: "The key with its secret",
      schema: apiKeyWithSecretSchema,
      headers: { Location: z.string() },
    },
  },
} as const;

/** What is decided of a new key; the rest is made. */
export type NewKey = Pick<ApiKey, "kind" | "account" | "name" | "scopes" | "expiresAt" | "jobsPerHour">;

/**
 * Makes a key and stores its hash. Its secret is in this answer and nowhere else.
 * @param limitOf the key with whose limit of jobs it counts; null for its own
 */
export async function makeStoredKey(
  c: Context<AppContext>,
  wanted: NewKey,
  limitOf: string | null = null,
): Promise<ApiKeyWithSecret> {
  const now = Date.now();
  if (wanted.expiresAt !== null && wanted.expiresAt <= now) {
    throw invalidRequest([{ path: "expiresAt", message: "is in the past" }]);
  }
  const secret = makeKey(wanted.kind, randomBytes(KEY_RANDOM_BYTES));
  const key: ApiKey = {
    ...wanted,
    id: makeId("key", randomBytes(16)),
    hint: hintOf(secret),
    createdAt: now,
    lastUsedAt: null,
    revokedAt: null,
  };
  if (!(await insertKey(c.env.DB, key, await hashKey(secret, c.get("config").keyPepper), limitOf))) {
    const detail = `There are ${MAX_KEYS_PER_ACCOUNT} keys already. Revoke one that is no longer needed.`;
    throw new AppError("key_limit", detail);
  }
  return { ...key, secret };
}

/** One page of the keys of `owner`. */
export async function pageOfKeys(
  c: Context<AppContext>,
  owner: KeyOwner,
  wanted: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<ApiKeyList> {
  const { rows, cursor } = await pageOf("key", wanted, (place) => listKeys(c.env.DB, owner, place));
  return { keys: rows, cursor };
}

/** The key named in the path, if it is one of `owner`'s. */
export async function namedKey(c: Context<AppContext>, owner: KeyOwner): Promise<ApiKey> {
  const id = keyIdSchema.safeParse(c.req.param("id"));
  const key = id.success ? await findKey(c.env.DB, id.data, owner) : null;
  if (!key) throw new AppError("key_not_found", "There is no key with this id, or it belongs to someone else.");
  return key;
}

/** Changes the key named in the path; what `change` leaves out stays. Other places know of it within a minute. */
export async function changeNamedKey(c: Context<AppContext>, owner: KeyOwner, change: KeyChange): Promise<ApiKey> {
  const key = await namedKey(c, owner);
  await updateKey(c.env.DB, key.id, change);
  forgetKey(key.id);
  const { name = key.name, jobsPerHour = key.jobsPerHour } = change;
  return { ...key, name, jobsPerHour };
}

/** Ends the key named in the path. Again is no error. */
export async function endNamedKey(c: Context<AppContext>, owner: KeyOwner): Promise<Response> {
  const { id } = await namedKey(c, owner);
  await revokeKey(c.env.DB, id, Date.now());
  forgetKey(id);
  return c.body(null, 204);
}

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}
