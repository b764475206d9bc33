/** Who may do what: API keys and runner keys, and their scopes. */
import { z } from "zod";
import { epochMs, epochMsOrNull } from "./epoch-ms.ts";
import { MAX_JOBS_PER_HOUR, MAX_KEY_NAME_CHARS } from "./limits.ts";
import { nextCursorSchema } from "./page.ts";
import { noControls } from "./plain-text.ts";

/** What a key may do. Anonymous sessions may read, write and have webhooks. */
export const SCOPES = ["read", "write", "webhooks", "keys"] as const;
export const scopeSchema = z
  .enum(SCOPES)
  .describe(
    "`read`: see jobs, files, batches, uploads and usage. `write`: upload, submit, change, cancel, delete. `webhooks`, `keys`: " +
      "manage those of the account.",
  );
export type Scope = z.infer<typeof scopeSchema>;

/** `key_` and 128 random bits in Crockford base 32: the name of a key. It is no secret. */
export const keyIdSchema = z
  .string()
  .regex(/^key_[0-9a-hjkmnp-tv-z]{26}$/, "is not a key id")
  .meta({ description: "The id of a key. It is no secret.", example: "key_6m8n0p1q3r5s7t9v2w4x6y8z0a" });
/** Whose a key is: an account, which may have several keys, or a person behind Cloudflare Access. */
export const accountSchema = z
  .string()
  .regex(/^(acc_[0-9a-hjkmnp-tv-z]{26}|access:[0-9a-f]{32})$/, "is not an account")
  .describe("Whose things the key's are: several keys may have one account.");

export const keyKindSchema = z
  .enum(["user", "runner"])
  .describe("`user`: for the public API, within its scopes. `runner`: leases jobs, and nothing else.");
export type KeyKind = z.infer<typeof keyKindSchema>;

const keyNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_KEY_NAME_CHARS)
  .regex(...noControls)
  .describe("What it is for, e.g. `Shop`.");
const scopesSchema = z
  .array(scopeSchema)
  .min(1)
  .max(SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, "names a scope twice")
  .meta({ uniqueItems: true });
const expiresAtSchema = z
  .number()
  .int()
  .min(0)
  .max(Number.MAX_SAFE_INTEGER)
  .nullable()
  .describe(
    "It is not valid from then on. Milliseconds since 1970-01-01 UTC, in the future; null, or left out, is for ever.",
  );
const jobsPerHourSchema = z
  .number()
  .int()
  .min(0)
  .max(MAX_JOBS_PER_HOUR)
  .nullable()
  .describe("Jobs that may be submitted with it in an hour; null for the server's limit.");

/** A key without its secret. Times are epoch milliseconds. */
export const apiKeySchema = z
  .object({
    id: keyIdSchema,
    kind: keyKindSchema,
    account: accountSchema
      .nullable()
      .describe("Whose things the key's are: several keys may have one account. Null for a runner key."),
    name: z.string().describe("What it is for."),
    hint: z.string().describe("The secret's beginning, by which its owner knows it again."),
    scopes: z.array(scopeSchema).describe("What it may do; none for a runner key."),
    jobsPerHour: jobsPerHourSchema,
    createdAt: epochMs("When it was made"),
    expiresAt: epochMsOrNull("It is not valid from then on", "null is for ever"),
    lastUsedAt: epochMsOrNull("When it was used last, to the minute", "null if never"),
    revokedAt: epochMsOrNull("When it was revoked", "null while it is not"),
  })
  .describe("An API key, without its secret.");
export type ApiKey = z.infer<typeof apiKeySchema>;

/** The answer that made a key: the only one with the secret. */
export const apiKeyWithSecretSchema = apiKeySchema
  .extend({
    secret: z
      .string()
      .describe("Send it as `Authorization: Bearer <secret>`, or as `X-API-Key`. It is not shown again."),
  })
  .describe("A key with its secret.");
export type ApiKeyWithSecret = z.infer<typeof apiKeyWithSecretSchema>;

/** `GET /v1/keys` and `GET /admin/v1/keys`. */
export const apiKeyListSchema = z
  .object({
    keys: z.array(apiKeySchema).describe("The newest first, revoked ones included."),
    cursor: nextCursorSchema,
  })
  .describe("A page of keys.");
export type ApiKeyList = z.infer<typeof apiKeyListSchema>;

/** `POST /v1/keys`: another key for the caller's account. */
export const createKeyRequestSchema = z
  .object({
    name: keyNameSchema,
    scopes: scopesSchema.optional().describe("What it may do, of what the caller may do. Left out: all of that."),
    expiresAt: expiresAtSchema.default(null),
  })
  .strict()
  .describe("A key that is to be made.");
export type CreateKeyRequest = z.input<typeof createKeyRequestSchema>;

/** `PATCH /v1/keys/{id}`. */
export const updateKeyRequestSchema = z.object({ name: keyNameSchema }).strict();

/** `POST /admin/v1/keys`: a key for any account, or for runners. */
export const adminCreateKeyRequestSchema = z
  .object({
    name: keyNameSchema,
    kind: keyKindSchema.default("user"),
    account: accountSchema.optional().describe("Left out: a new account."),
    scopes: scopesSchema.optional().describe("Left out: all."),
    expiresAt: expiresAtSchema.default(null),
    jobsPerHour: jobsPerHourSchema
      .default(null)
      .describe("Jobs that may be submitted with it in an hour; null, or left out, for the server's limit."),
  })
  .strict()
  .refine(({ kind, account, scopes, jobsPerHour }) => kind === "user" || !(account || scopes || jobsPerHour !== null), {
    message: "a runner key has no account, scopes or limit: it leases jobs, and nothing else",
    path: ["kind"],
  });
export type AdminCreateKeyRequest = z.input<typeof adminCreateKeyRequestSchema>;

/** `PATCH /admin/v1/keys/{id}`: what is left out stays. */
export const adminUpdateKeyRequestSchema = z
  .object({ name: keyNameSchema.optional(), jobsPerHour: jobsPerHourSchema.optional() })
  .strict();
