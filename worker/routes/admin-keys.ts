/** `/admin/v1/keys`: API keys of any account, and keys for runners. */
import { z } from "zod";
import {
  accountSchema,
  adminCreateKeyRequestSchema,
  adminUpdateKeyRequestSchema,
  apiKeyListSchema,
  keyIdSchema,
  SCOPES,
} from "#contract/access.ts";
import { makeId } from "../domain/identifiers.ts";
import { changeNamedKey, endNamedKey, KEY_ANSWERS, makeStoredKey, namedKey, pageOfKeys } from "./key-answers.ts";
import { pageShape } from "./list-page.ts";
import { Resource } from "./operation.ts";

export const adminKeys = new Resource("/admin/v1/keys", { tag: "Operator", access: "admin" });

const id = { id: keyIdSchema };

adminKeys.post(
  "",
  {
    operationId: "createAnyKey",
    summary: "Make an API key or a runner key",
    description:
      "Without an account, a new one is made for the key. A runner key leases jobs, and nothing else. This answer is the only one " +
      "with the secret.",
    body: adminCreateKeyRequestSchema,
    examples: { shop: { name: "Shop" }, runner: { name: "GPU 1", kind: "runner" } },
    answers: KEY_ANSWERS.made,
    problems: ["key_limit"],
  },
  async (c, { body: { kind, name, account, scopes, expiresAt, jobsPerHour } }) => {
    const isUsers = kind === "user";
    const made = await makeStoredKey(c, {
      ...{ kind, name, expiresAt, jobsPerHour },
      account: isUsers ? (account ?? makeId("acc", crypto.getRandomValues(new Uint8Array(16)))) : null,
      scopes: isUsers ? (scopes ?? [...SCOPES]) : [],
    });
    return c.json(made, 201, { Location: `/admin/v1/keys/${made.id}` });
  },
);

adminKeys.get(
  "",
  {
    operationId: "listAllKeys",
    summary: "List keys",
    description: "All, or an account's; newest first, revoked ones too.",
    query: z.object({ ...pageShape, account: accountSchema.optional() }).strict(),
    answers: { 200: { description: "A page of keys", schema: apiKeyListSchema } },
  },
  async (c, { query: { account, ...page } }) => c.json(await pageOfKeys(c, account ? { account } : "anyone", page)),
);

adminKeys.get(
  "/{id}",
  {
    operationId: "readAnyKey",
    summary: "Read a key",
    params: id,
    answers: KEY_ANSWERS.found,
    problems: ["key_not_found"],
  },
  async (c) => c.json(await namedKey(c, "anyone")),
);

adminKeys.patch(
  "/{id}",
  {
    operationId: "updateAnyKey",
    summary: "Rename a key, or set its limit of jobs",
    params: id,
    body: adminUpdateKeyRequestSchema,
    examples: { limit: { jobsPerHour: 1_000 } },
    answers: KEY_ANSWERS.found,
    problems: ["key_not_found", "invalid_request"],
  },
  async (c, { body }) => c.json(await changeNamedKey(c, "anyone", body)),
);

adminKeys.delete(
  "/{id}",
  {
    operationId: "revokeAnyKey",
    summary: "Revoke a key",
    description: "It ends everywhere within a minute. It stays in the list.",
    params: id,
    answers: { 204: { description: "Revoked" } },
    problems: ["key_not_found"],
  },
  (c) => endNamedKey(c, "anyone"),
);
