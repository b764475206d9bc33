/** What middleware leaves for the routes. */
import type { Config, Env } from "../env.ts";

export interface AppContext {
  Bindings: Env;
  Variables: {
    requestId: string;
    config: Config;
    owner: string;
    /** 128 bits in hex that stay with an Idempotency-Key; undefined without one. */
    idSeed: string | undefined;
  };
}
