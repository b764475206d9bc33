/**
 * Who is calling the public API: an API key (`Authorization: Bearer` or `X-API-Key`), a person behind Cloudflare Access, a
 * session (`Kiln-Session`), or nobody; the first of these that there is. Runners and the operator have keys of their own.
 */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { SCOPES, type Scope } from "#contract/access.ts";
import { kindOfKey } from "../domain/api-key.ts";
import { toHex } from "../domain/identifiers.ts";
import { NOBODY } from "../domain/ownership.ts";
import { AppError } from "../errors.ts";
import { accessOwner } from "./cloudflare-access.ts";
import type { AppContext } from "./context.ts";
import { acceptKey } from "./known-keys.ts";

/** What callers without a key may do. */
const ANONYMOUS_SCOPES: readonly Scope[] = ["read", "write", "webhooks"];
const SESSION = /^[0-9a-f]{32,64}$/;
/**
 * The session, or the API key, of links and pictures, which send no headers. Only what is read with it is its owner's, and not
 * what a page of another origin reads: any page can cause a call that carries it.
 */
export const SESSION_COOKIE = "kiln_session";
export const KEY_COOKIE = "kiln_key";

const encoder = new TextEncoder();

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/** Whether two texts are equal, in time that does not depend on where they differ (their digests are compared). */
async function sameSecret(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all([sha256(a), sha256(b)]);
  return crypto.subtle.timingSafeEqual(x, y);
}

/** The key that was sent, or null. */
function presentedKey(request: Request): string | null {
  const authorization = request.headers.get("Authorization");
  const bearer = authorization === null ? null : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) throw unauthorized("Send the key as `Authorization: Bearer <key>`.");
  const header = request.headers.get("X-API-Key");
  if (bearer !== null && header !== null && bearer !== header) {
    throw unauthorized("Authorization and X-API-Key hold different keys. Send one of them.");
  }
  return bearer ?? header;
}

/** Sets `owner`, `scopes` and `key` for the public API. `isRead`: the call only reads, which its method alone does not say. */
export function userAuthentication(isRead: boolean) {
  return createMiddleware<AppContext>(async (c, next) => {
    const byLink = isRead && !isOfAnotherOrigin(c);
    const secret = presentedKey(c.req.raw) ?? (byLink ? keyOfLink(c) : null);
    if (secret === null) await asPersonOrSession(c, isRead, byLink);
    else await asKey(c, secret);
    await next();
  });
}

async function asKey(c: Context<AppContext>, secret: string): Promise<void> {
  const key = await acceptKey(c, secret);
  if (key.account === null) {
    throw new AppError("forbidden", "This is a runner's key: it leases jobs, and nothing else. Use an API key.");
  }
  c.set("owner", key.account);
  c.set("scopes", new Set(key.scopes));
  c.set("key", key);
}

async function asPersonOrSession(c: Context<AppContext>, isRead: boolean, byLink: boolean): Promise<void> {
  const person = await accessOwner(c, isRead);
  if (person === null && c.get("config").requireKey) {
    throw unauthorized("This server needs an API key: send it as `Authorization: Bearer <key>`.");
  }
  c.set("owner", person ?? (await sessionOwner(c, byLink)));
  c.set("scopes", new Set(person === null ? ANONYMOUS_SCOPES : SCOPES));
  c.set("key", null);
}

async function sessionOwner(c: Context<AppContext>, byLink: boolean): Promise<string> {
  const header = c.req.header("Kiln-Session") || undefined;
  if (header !== undefined && !SESSION.test(header)) {
    const message = "must be 32 to 64 hex digits in lower case";
    throw new AppError("invalid_request", `Kiln-Session ${message}.`, { errors: [{ path: "Kiln-Session", message }] });
  }
  const session = header ?? (byLink ? sessionOfLink(c) : null);
  return session === null ? NOBODY : `anon:${toHex(await sha256(session)).slice(0, 32)}`;
}

/**
 * Whether the call says that it comes from a page of another host, as WebSockets do; cookies go with those of a neighbouring
 * host too. Links, pictures and our own pages' reads name no origin, and a proxy may have taken the scheme away.
 */
function isOfAnotherOrigin(c: Context<AppContext>): boolean {
  const origin = c.req.header("Origin");
  if (origin === undefined || URL.parse(origin)?.host === new URL(c.req.url).host) return false;
  const { corsOrigins, corsCredentials } = c.get("config");
  return !(corsCredentials && corsOrigins?.includes(origin));
}

function sessionOfLink(c: Context<AppContext>): string | null {
  const session = getCookie(c, SESSION_COOKIE);
  return session !== undefined && SESSION.test(session) ? session : null;
}

/** Who sends a session as a header is that session, whatever a page has left in the browser. */
function keyOfLink(c: Context<AppContext>): string | null {
  const key = c.req.header("Kiln-Session") ? undefined : getCookie(c, KEY_COOKIE);
  return key !== undefined && kindOfKey(key) === "user" ? key : null;
}

/** Lets callers on who may do this. */
export function requireScope(scope: Scope) {
  return createMiddleware<AppContext>(async (c, next) => {
    if (!c.get("scopes").has(scope)) {
      throw new AppError("forbidden", `This needs a key with the scope "${scope}".`);
    }
    await next();
  });
}

/** Lets runners in, and nobody else: with the secret `RUNNER_KEY`, or a runner key of the table. */
export const runnerAuthentication = createMiddleware<AppContext>(async (c, next) => {
  const secret = presentedKey(c.req.raw);
  if (secret === null || kindOfKey(secret) === null) await expectSecret(secret, c.get("config").runnerKey, RUNNER_HELP);
  else if ((await acceptKey(c, secret)).kind !== "runner") {
    throw new AppError(
      "forbidden",
      "This is a user's API key. Runners need a runner key: npm run keys -- create --runner.",
    );
  }
  await next();
});

const RUNNER_HELP =
  "The runner key is wrong. Set KILN_RUNNER_KEY on the runner to a runner key, or to the Worker's RUNNER_KEY.";

/** Lets the operator in. Without the secret `ADMIN_KEY` there is nothing here. */
export const adminAuthentication = createMiddleware<AppContext>(async (c, next) => {
  const { adminKey } = c.get("config");
  if (adminKey === null) throw new AppError("not_found", `There is nothing at ${c.req.method} ${c.req.path}.`);
  const help = "The admin key is wrong. Send the Worker's ADMIN_KEY as `Authorization: Bearer <key>`.";
  await expectSecret(presentedKey(c.req.raw), adminKey, help);
  await next();
});

async function expectSecret(presented: string | null, secret: string, help: string): Promise<void> {
  if (presented === null || !(await sameSecret(presented, secret))) throw unauthorized(help);
}

function unauthorized(detail: string): AppError {
  return new AppError("unauthorized", detail);
}
