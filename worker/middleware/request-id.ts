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
  // Whose an answer is follows from headers and cookies that caches don't ask about. What may be kept says so itself.
  if (!c.res.headers.has("Cache-Control") && c.req.method !== "OPTIONS") c.header("Cache-Control", "no-store");
  // HEAD is answered by what answers GET, which may have begun a stream that nobody will read.
  if (c.req.method === "HEAD") await c.res.body?.cancel();
});
