/** Who this browser is to the server: a random token that ties an anonymous visitor's jobs together. */
import { newSession } from "#client/kiln.ts";

const KEY = "kiln.session";

/** This browser's token: kept in localStorage, or for this visit only where storage is blocked. */
export function browserSession(storage: Pick<Storage, "getItem" | "setItem"> | null): string {
  const kept = storage?.getItem(KEY);
  if (kept && /^[0-9a-f]{32}$/.test(kept)) return kept;
  const session = newSession();
  storage?.setItem(KEY, session);
  return session;
}

/** The server knows links and pictures by it, which send no headers; it is asked for reading only, and by no other site. */
export const SESSION_COOKIE = "kiln_session";
/** The same for an API key, which goes before. */
export const KEY_COOKIE = "kiln_key";
const COOKIE_MAX_AGE_S = 365 * 24 * 3600;

/** The cookie that says the session, for `document.cookie`. */
export function sessionCookie(session: string, { protocol }: Pick<Location, "protocol">): string {
  const secure = protocol === "https:" ? "; Secure" : "";
  return `${SESSION_COOKIE}=${session}; Path=/v1; Max-Age=${COOKIE_MAX_AGE_S}; SameSite=Strict${secure}`;
}
