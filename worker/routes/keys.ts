/** `/v1/keys`: the API keys of the caller's account. */
import { z } from "zod";
import {
  apiKeyListSchema,
  createKeyRequestSchema,
  keyIdSchema,
  SCOPES,
  type Scope,
  updateKeyRequestSchema,
} from "#contract/access.ts";
import { AppError } from "../errors.ts";
import { changeNamedKey, endNamedKey, KEY_ANSWERS, makeStoredKey, namedKey, pageOfKeys } from "./key-answers.ts";
import { pageShape } from "./list-page.ts";
import { Resource } from "./operation.ts";

export const keys = new Resource("/v1/keys", { tag: "Keys", access: "user" });

const id = { id: keyIdSchema };

keys.post(
  "",
  {
    operationId: "createKey",
    summary: "Make an API key",
    description:
      "Another key for the same account: what is made with one belongs to all of them, so keys can be rotated. This answer is the " +
      "only one with the secret; a lost one can't be shown again, so there is no Idempotency-Key here. A key can't give " +
      "scopes that it has not; those it makes count against its limit of jobs.",
    scope: "keys",
    body: createKeyRequestSchema,
    examples: { reader: { name: "Dashboard", scopes: ["read"] } },
    answers: KEY_ANSWERS.made,
    problems: ["key_limit"],
  },
  async (c, { body: { name, expiresAt, scopes = allowed(c.get("scopes")) } }) => {
    const missing = scopes.filter((scope) => !c.get("scopes").has(scope));
    if (missing.length > 0) {
      throw new AppError("forbidden", `A key can't give what it has not: ${missing.join(", ")}.`, {
        errors: [{ path: "scopes", message: `may not hold ${missing.join(", ")}` }],
      });
    }
    const maker = c.get("key");
    const jobsPerHour = maker?.jobsPerHour ?? null;
    const wanted = { kind: "user", account: c.get("owner"), name, scopes, expiresAt, jobsPerHour } as const;
    const made = await makeStoredKey(c, wanted, jobsPerHour === null ? null : (maker?.limitOf ?? null));
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
    query: z.object(pageShape).strict(),
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
    answers: KEY_ANSWERS.found,
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
    answers: KEY_ANSWERS.found,
    problems: ["key_not_found"],
  },
  async (c, { body }) => c.json(await changeNamedKey(c, { account: c.get("owner") }, body)),
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
