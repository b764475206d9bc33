/** The API key that this browser works with, if any: pasted on the account page, kept until the visitor signs out. */
import { KEY_COOKIE } from "./session.ts";

const KEY = "kiln.key";
/** A key's form; whether it is one, the server says. */
const FORM = /^kiln_live_[0-9A-Za-z]{38}$/;
const COOKIE_MAX_AGE_S = 365 * 24 * 3600;

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What was pasted without what copying brings along, or null where that is no key. */
export function keyIn(text: string): string | null {
  const key = text.trim().replace(/^["'`]|["'`]$/g, "");
  return FORM.test(key) ? key : null;
}

/** Why a text that is no key can't be used, as a sentence. */
export function keyProblem(text: string): string {
  if (/kiln_runner_/.test(text)) return "This is a runner's key: it lets a machine fetch jobs, and shows nothing here.";
  return "This is no API key: one begins with kiln_live_ and has 48 characters.";
}

/** The key that is kept, or null. */
export const readKey = (store: Store | null): string | null => keyIn(store?.getItem(KEY) ?? "");

/** Keeps a key, or forgets the one that is kept. The page must be loaded again: everything on it is somebody else's. */
export function keepKey(store: Store | null, key: string | null): void {
  if (key === null) store?.removeItem(KEY);
  else store?.setItem(KEY, key);
}

/** The cookie that says the key, or takes it back, for `document.cookie`: links and pictures send no headers. */
export function keyCookie(key: string | null, { protocol }: Pick<Location, "protocol">): string {
  const secure = protocol === "https:" ? "; Secure" : "";
  return `${KEY_COOKIE}=${key ?? ""}; Path=/v1; Max-Age=${key === null ? 0 : COOKIE_MAX_AGE_S}; SameSite=Strict${secure}`;
}
