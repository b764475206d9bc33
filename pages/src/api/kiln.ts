/** The one client of the site. The API is on the same origin. */
import { Kiln } from "#client/kiln.ts";
import { keyCookie, readKey } from "./account-key.ts";
import { browserSession, sessionCookie } from "./session.ts";
import { localStore } from "./storage.ts";

const store = localStore();
const session = browserSession(store);
/** The key that all calls of this page are made with; null: they are made as this browser's session. */
export const accountKey = readKey(store);
for (const cookie of [sessionCookie(session, window.location), keyCookie(accountKey, window.location)]) {
  // biome-ignore lint/suspicious/noDocumentCookie: links and pictures may be asked for right after; the Cookie Store answers later.
  document.cookie = cookie;
}

/** Uploads are remembered, so that a file that is chosen again after a reload goes on where it was. */
export const kiln = new Kiln({
  api: window.location.origin,
  ...(accountKey === null ? { session } : { key: accountKey }),
  ...(store ? { uploadStore: store } : {}),
});
