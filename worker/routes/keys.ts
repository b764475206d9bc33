/** `/v1/keys`: the API keys of the caller's account. */
import { z } from "zod";
import {
  apiKeyListSchema,
  apiKeySchema,
  apiKeyWithSecretSchema,
  createKeyRequestSchema,
  keyIdSchema,
  SCOPES,
  type Scope,
  updateKeyRequestSchema,
} from "#contract/access.ts";
import { AppError } from "../errors.ts";
import { forgetKey } from "../middleware/known-keys.ts";
import { updateKey } from "../storage/keys-table.ts";
import { endNamedKey, keyPageShape, makeStoredKey, namedKey, pageOfKeys } from "./key-answers.ts";
import { Resource } from "./operation.ts";

export const keys = new Resource("/v1/keys", { tag: "Keys", access: "user" });

const id = { id: keyIdSchema };
const found = { 200: { description: "The key, without its secret", schema: apiKeySchema } };

keys.post(
  "",
  {
    operationId: "createKey",
    summary: "Make an API key",
    description:
      "Another key for the same account: what is made with one belongs to all of them, so keys can be rotated. This answer is the " +
      "only one with the secret; a lost one can't be shown again, so there is no Idempotency-Key here. A key can't give " +
      "scopes that it has not; its limit of jobs goes on to those it makes.",
    scope: "keys",
    body: createKeyRequestSchema,
    examples: { reader: { name: "Dashboard", scopes: ["read"] } },
    answers: {
      201: {
        description: "The key with its secret",
        schema: apiKeyWithSecretSchema,
        headers: { Location: z.string() },
      },
    },
    problems: ["key_limit"],
  },
  async (c, { body: { name, expiresAt, scopes = allowed(c.get("scopes")) } }) => {
    const missing = scopes.filter((scope) => !c.get("scopes").has(scope));
    if (missing.length > 0) {
      throw new AppError("forbidden", `A key can't give what it has not: ${missing.join(", ")}.`, {
        errors: [{ path: "scopes", message: `may not hold ${missing.join(", ")}` }],
      });
    }
    const made = await makeStoredKey(c, {
      ...{ kind: "user", account: c.get("owner"), name, scopes, expiresAt },
      jobsPerHour: c.get("key")?.jobsPerHour ?? null,
    });
    return c.json(made, 201, { Location: `/v1/keys/${made.id}` });
  },
);

keys.get(
  "",
  {
    operationId: "listKeys",
    summary: "List API keys",
    description: "The account's, newest first; revoked ones too. Send `cursor` of the answer for the next page.",
    scope: "keys",
    query: z.object(keyPageShape).strict(),
    answers: { 200: { description: "A page of keys", schema: apiKeyListSchema } },
  },
  async (c, { query }) => c.json(await pageOfKeys(c, { account: c.get("owner") }, query)),
);

keys.get(
  "/{id}",
  {
    operationId: "readKey",
    summary: "Read an API key",
    scope: "keys",
    params: id,
    answers: found,
    problems: ["key_not_found"],
  },
  async (c) => c.json(await namedKey(c, { account: c.get("owner") })),
);

keys.patch(
  "/{id}",
  {
    operationId: "renameKey",
    summary: "Rename an API key",
    scope: "keys",
    params: id,
    body: updateKeyRequestSchema,
    examples: { rename: { name: "Shop, new" } },
    answers: found,
    problems: ["key_not_found"],
  },
  async (c, { body: { name } }) => {
    const key = await namedKey(c, { account: c.get("owner") });
    await updateKey(c.env.DB, key.id, { name });
    forgetKey(key.id);
    return c.json({ ...key, name });
  },
);

keys.delete(
  "/{id}",
  {
    operationId: "revokeKey",
    summary: "Revoke an API key",
    description: "It ends everywhere within a minute. It stays in the list.",
    scope: "keys",
    params: id,
    answers: { 204: { description: "Revoked" } },
    problems: ["key_not_found"],
  },
  (c) => endNamedKey(c, { account: c.get("owner") }),
);

function allowed(scopes: ReadonlySet<Scope>): Scope[] {
  return SCOPES.filter((scope) => scopes.has(scope));
}
