/** Gives every request an id, answers with it, and puts security headers on every answer. */
import { createMiddleware } from "hono/factory";
import { toHex } from "../domain/identifiers.ts";
import { readConfig } from "../env.ts";
import type { AppContext } from "./context.ts";

export const requestId = createMiddleware<AppContext>(async (c, next) => {
  const id = toHex(crypto.getRandomValues(new Uint8Array(8)));
  c.set("requestId", id);
  c.set("config", readConfig(c.env));
  await next();
  // A WebSocket's answer can't be changed.
  if (c.res.status === 101) return;
  c.header("X-Request-Id", id);
  c.header("X-Content-Type-Options", "nosniff");
  // HEAD is answered by what answers GET, which may have begun a stream that nobody will read.
  if (c.req.method === "HEAD") await c.res.body?.cancel();
});
