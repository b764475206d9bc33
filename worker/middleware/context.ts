/** What middleware leaves for the routes. */
import type { Scope } from "#contract/access.ts";
import type { KnownKey } from "../domain/api-key.ts";
import type { Config, Env } from "../env.ts";

export interface AppContext {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    /** Whose things the caller's are. Public API only. */
    owner: string;
    /** What the caller may do. Public API only. */
    scopes: ReadonlySet<Scope>;
    /** The key that was sent; null for a caller without one. Public API only. */
    key: KnownKey | null;
    /** 128 bits in hex that stay with an Idempotency-Key; undefined without one. */
    idSeed: string | undefined;
    /** How the quotas stand that this call was charged to, as members of the answer's fields; see quota.ts. */
    rateLimits: Map<string, { readonly policy: string; readonly standing: string }> | undefined;
  };
}
