/** How large a caller's file may be. */
import type { Context } from "hono";
import type { AppContext } from "../middleware/context.ts";

/** In bytes: what the deployment allows callers with or without a key. */
export function uploadLimit(c: Context<AppContext>): number {
  const { limits } = c.get("config");
  return (c.get("owner").startsWith("anon") ? limits.anonymous : limits.key).uploadBytes;
}
