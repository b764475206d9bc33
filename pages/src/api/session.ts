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
