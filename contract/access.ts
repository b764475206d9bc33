/** Who may do what: scopes of API keys. */
import { z } from "zod";

/**
 * What a key may do. `read`: see jobs, files, batches, uploads and usage. `write`: upload, submit, change, cancel, delete.
 * `webhooks` and `keys`: manage those of the account. Anonymous sessions may read, write and have webhooks.
 */
export const SCOPES = ["read", "write", "webhooks", "keys"] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;
