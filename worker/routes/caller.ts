/** `/v1/caller`: who is calling, what they may do, and how much of it. For pages and tools that show it. */
import { apiKeySchema, SCOPES } from "#contract/access.ts";
import { type Caller, callerSchema } from "#contract/caller.ts";
import { isKnown, NOBODY } from "../domain/ownership.ts";
import { allowancesOf } from "../middleware/quota.ts";
import { Resource } from "./operation.ts";
import { uploadLimit } from "./upload-limit.ts";

export const caller = new Resource("/v1/caller", { tag: "Keys", access: "user" });

caller.get(
  "",
  {
    operationId: "readCaller",
    summary: "See who you are to the server",
    description: "Whose things yours are, by what you sent; what you may do, and how much of it.",
    answers: { 200: { description: "The caller", schema: callerSchema } },
  },
  (c) => {
    const scopes = SCOPES.filter((scope) => c.get("scopes").has(scope));
    const limits = { ...allowancesOf(c), uploadBytes: uploadLimit(c) };
    // What only the server is to know of the key is left out.
    const key = apiKeySchema.nullable().parse(c.get("key"));
    const answer: Caller = { kind: kindOf(c.get("owner")), scopes, key, limits };
    return c.json(answer);
  },
);

function kindOf(owner: string): Caller["kind"] {
  if (owner === NOBODY) return "nobody";
  if (!isKnown(owner)) return "session";
  return owner.startsWith("acc_") ? "account" : "person";
}
