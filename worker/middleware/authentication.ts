/**
 * Who is calling. A key (`Authorization: Bearer` or `X-API-Key`) names its owner; without one the caller is anonymous
 * and owned by the hash of its `Kiln-Session` header, so that a browser finds its jobs again. Anonymous jobs can be
 * read by whoever knows their id, which nobody can guess.
 */
import { createMiddleware } from "hono/factory";
import { SCOPES, type Scope } from "#contract/access.ts";
import { toHex } from "../domain/identifiers.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** What callers without a key may do. */
const ANONYMOUS_SCOPES: readonly Scope[] = ["read", "write", "webhooks"];

const encoder = new TextEncoder();

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Whether two texts are equal, in time that does not depend on where they differ (their digests are compared). */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([sha256(a), sha256(b)]);
  return crypto.subtle.timingSafeEqual(x, y);
}

function presentedKey(request: Request): string | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  return bearer ?? request.headers.get("X-API-Key");
}

/** Sets `owner` and `scopes` for the public API. */
export const userAuthentication = createMiddleware<AppContext>(async (c, next) => {
  const { apiKeys, requireKey } = c.get("config");
  const key = presentedKey(c.req.raw);
  c.set("scopes", new Set(key === null ? ANONYMOUS_SCOPES : SCOPES));
  if (key !== null) {
    const matches = await Promise.all(apiKeys.map((known) => sameSecret(known, key)));
    if (!matches.includes(true))
      throw new AppError("unauthorized", "The API key is not known. Check it, or leave it out to work anonymously.");
    c.set("owner", `key:${toHex(await sha256(key)).slice(0, 32)}`);
  } else if (requireKey) {
    throw new AppError("unauthorized", "This server needs an API key: send it as `Authorization: Bearer <key>`.", {
      headers: { "WWW-Authenticate": "Bearer" },
    });
  } else {
    const session = c.req.header("Kiln-Session") ?? "";
    c.set("owner", /^[0-9a-f]{32,64}$/.test(session) ? `anon:${toHex(await sha256(session)).slice(0, 32)}` : "anon");
  }
  await next();
});

/** Lets callers on whose key may do this. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppContext>(async (c, next) => {
    if (!c.get("scopes").has(scope)) {
      throw new AppError("forbidden", `This needs a key with the scope "${scope}".`);
    }
    await next();
  });
}

/** Lets runners in, and nobody else. */
export const runnerAuthentication = createMiddleware<AppContext>(async (c, next) => {
  const key = presentedKey(c.req.raw);
  if (key === null || !(await sameSecret(key, c.get("config").runnerKey))) {
    throw new AppError(
      "unauthorized",
      "The runner key is wrong. Set KILN_RUNNER_KEY on the runner to the Worker's RUNNER_KEY.",
    );
  }
  await next();
});

/** Lets the operator in. Without the secret `ADMIN_KEY` there is nothing here. */
export const adminAuthentication = createMiddleware<AppContext>(async (c, next) => {
  const { adminKey } = c.get("config");
  if (adminKey === null) throw new AppError("not_found", `There is nothing at ${c.req.method} ${c.req.path}.`);
  const key = presentedKey(c.req.raw);
  if (key === null || !(await sameSecret(key, adminKey))) {
    throw new AppError(
      "unauthorized",
      "The admin key is wrong. Send the Worker's ADMIN_KEY as `Authorization: Bearer <key>`.",
    );
  }
  await next();
});
