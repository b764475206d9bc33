/**
 * People behind Cloudflare Access: its edge adds a signed token to every request of somebody who has signed in, and keeps
 * the same one in a cookie. https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 *
 * Browsers send that cookie whatever page makes the request, so a call that changes something, and a WebSocket, must come
 * from our own pages.
 */
import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from "jose";
import { toHex } from "../domain/identifiers.ts";
import type { AccessTeam } from "../env.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "./context.ts";

/** Access signs with RSA only. To let a token choose would take the public key for an HMAC secret. */
const ALGORITHMS = ["RS256"];
/** How far the clocks of Access and this machine may be apart. */
const CLOCK_TOLERANCE_S = 5;
const KEYS_TIMEOUT_MS = 5_000;
/** For so long Access is not asked again after it has failed: every call with a token would ask. */
const KEYS_REST_MS = 5_000;

type KeySet = ReturnType<typeof createRemoteJWKSet>;
/** The team's public keys, fetched when they are first needed and when a token names one that is not among them. */
const keySets = new Map<string, KeySet>();

/**
 * The owner that a request of Access belongs to; null when there is no token of Access, or this server knows no team.
 * `isRead`: the call changes nothing.
 */
export async function accessOwner(c: Context<AppContext>, isRead: boolean): Promise<string | null> {
  const { access } = c.get("config");
  const token = c.req.header("Cf-Access-Jwt-Assertion") ?? getCookie(c, "CF_Authorization");
  if (!access || !token) return null;
  const { iss, sub, common_name: service } = await verify(token, access);
  // A service token has no subject; it is named instead.
  const who = sub || service;
  if (typeof who !== "string") throw refused("The token of Cloudflare Access names nobody.");
  checkOrigin(c, isRead);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify([iss, who])));
  return `access:${toHex(new Uint8Array(digest)).slice(0, 32)}`;
}

async function verify(token: string, { domain, audiences }: AccessTeam): Promise<JWTPayload> {
  const issuer = `https://${domain}`;
  try {
    const options = {
      ...{ issuer, audience: [...audiences], algorithms: ALGORITHMS, clockTolerance: CLOCK_TOLERANCE_S },
      requiredClaims: ["exp", "iat"],
    };
    return (await jwtVerify(token, keySetOf(issuer), options)).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw refused("You have been signed out. Reload the page to sign in again.");
    const isTheTokens = error instanceof errors.JOSEError && !FETCH_FAILURES.has(error.code);
    if (isTheTokens) throw refused("The token of Cloudflare Access is not valid for this server. Sign in again.");
    throw new AppError("unavailable", "Cloudflare Access could not be asked for its keys. Try again.", {
      headers: { "Retry-After": "1" },
      cause: error,
    });
  }
}

/** What jose says when the keys can't be had, as opposed to a token that is wrong. */
const FETCH_FAILURES = new Set(["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"]);

function keySetOf(issuer: string): KeySet {
  const kept = keySets.get(issuer);
  if (kept) return kept;
  const url = new URL("/cdn-cgi/access/certs", issuer);
  const made = createRemoteJWKSet(url, { timeoutDuration: KEYS_TIMEOUT_MS, [customFetch]: fetchWithRests() });
  keySets.set(issuer, made);
  return made;
}

/** `fetch` that fails at once for a while after it has failed. */
function fetchWithRests(): typeof fetch {
  let failedAt: number | null = null;
  return async (input, init) => {
    if (failedAt !== null && Math.abs(Date.now() - failedAt) < KEYS_REST_MS) throw new Error("It failed a moment ago.");
    const response = await fetch(input, init).catch((error: unknown) => {
      failedAt = Date.now();
      throw error;
    });
    failedAt = response.ok ? null : Date.now();
    return response;
  };
}

/** Browsers name the page's origin in every POST and the like, and in a WebSocket's GET; of others they say whether it is ours. */
function checkOrigin(c: Context<AppContext>, isRead: boolean): void {
  if (isRead && c.req.header("Upgrade") === undefined) return;
  const { corsOrigins, corsCredentials } = c.get("config");
  const origin = c.req.header("Origin");
  const isTrusted = origin !== undefined && corsCredentials && corsOrigins?.includes(origin) === true;
  if (origin === new URL(c.req.url).origin || isTrusted) return;
  if (origin === undefined && c.req.header("Sec-Fetch-Site") === "same-origin") return;
  // What is no browser sends none, and says so by a header that no page can send to another site.
  if (origin === undefined && c.req.header("X-Requested-With") !== undefined) return;
  throw new AppError(
    "forbidden",
    "A call with the sign-in of Cloudflare Access must come from this server's own pages. Outside of a browser, send " +
      "the header X-Requested-With, or an API key.",
  );
}

function refused(detail: string): AppError {
  return new AppError("unauthorized", detail);
}
