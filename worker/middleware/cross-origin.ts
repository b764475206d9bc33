/**
 * Which other sites' pages may call (`CORS_ORIGINS`). Everybody else's browser keeps the answer from them. Pages have no
 * business with what runners and the operator call: nothing is said there.
 */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { Config } from "../env.ts";
import type { AppContext } from "./context.ts";

const NOT_FOR_PAGES = /^\/(runner|admin|metrics)(\/|$)/;
/** How long a browser need not ask again, in seconds: as long as Chromium keeps it at most. */
const PREFLIGHT_MAX_AGE_S = 7_200;
const METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];
/** Headers of answers that pages may read, beyond those that they always may. */
const EXPOSED = [
  "Accept-Ranges",
  "Allow",
  "Content-Disposition",
  "Content-Length",
  "Content-Range",
  "ETag",
  "Idempotent-Replayed",
  "Kiln-Job",
  "Link",
  "Location",
  "Preference-Applied",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "WWW-Authenticate",
  "X-Request-Id",
];

const made = new WeakMap<Config, MiddlewareHandler>();

/** Answers preflights, and tells browsers whose pages may read an answer. */
export const crossOrigin: MiddlewareHandler<AppContext> = (c, next) => {
  const config = c.get("config");
  // A WebSocket's handshake is not for CORS, and its answer can't be changed.
  const isSocket = c.req.header("Upgrade")?.toLowerCase() === "websocket";
  if (config.corsOrigins?.length === 0 || isSocket || NOT_FOR_PAGES.test(c.req.path)) return next();
  let middleware = made.get(config);
  if (!middleware) {
    middleware = corsOf(config);
    made.set(config, middleware);
  }
  return middleware(c, next);
};

function corsOf({ corsOrigins, corsCredentials }: Config): MiddlewareHandler {
  return cors({
    origin: corsOrigins === null ? "*" : [...corsOrigins],
    credentials: corsCredentials,
    allowMethods: METHODS,
    exposeHeaders: EXPOSED,
    maxAge: PREFLIGHT_MAX_AGE_S,
    // Which headers may be sent is not listed: those that the preflight names. The origin is what is trusted or not.
  });
}
